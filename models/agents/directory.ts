/** Every registered computer's state and key in memory: what each agent request is checked against, without SQL. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';

export type RegistrationState = 'pending' | 'allowed' | 'blocked' | 'revoked';

export interface AgentEntry {
  readonly guid: Guid;
  /** State of the registration that counts for this GUID: the allowed one if there is one. */
  readonly state: RegistrationState;
  /** SHA-256 (hex) of the pinned key blob; empty for an agent without a key that can prove itself. */
  readonly keyHash: string;
}

export class AgentDirectory {
  static async load(_session: Session): Promise<AgentDirectory> {
    throw new Error('not built yet');
  }
  get(_guid: Guid): AgentEntry | undefined {
    throw new Error('not built yet');
  }
  /** Number of allowed agents. */
  get size(): number {
    throw new Error('not built yet');
  }
  /** Reads one computer anew after its registration changed (here or on another node). */
  async refresh(_session: Session, _guid: Guid): Promise<void> {}
  async applyChange(_session: Session, _change: Change): Promise<void> {}
}

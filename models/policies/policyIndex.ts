/**
 * Policies in memory, computed per *set* of policies and not per computer: computers with the same policies share hash
 * list and bodies, and only the head with the computer's GUID is spliced in. An unchanged check-in costs no SQL.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';

export interface PolicySet {
  /** 32 upper-case hex digits over the shared part: what the GET form's `Hash` is compared with. */
  readonly hash: string;
  /** Policy GUID to hash, in answer order: agent settings first. */
  readonly policies: ReadonlyMap<Guid, string>;
}

export interface PolicyIndexOptions {
  publicUrl: string;
  productVersion: string;
  policyIntervalSeconds: number;
  inventoryIntervalSeconds: number;
}

export class PolicyIndex {
  static async load(_session: Session, _options: PolicyIndexOptions): Promise<PolicyIndex> {
    throw new Error('not built yet');
  }
  /** The set that applies to a computer now. */
  setFor(_computer: Guid): PolicySet {
    throw new Error('not built yet');
  }
  /** Complete answer document; bodies of policies whose hash the agent named already are left out. */
  answer(_computer: Guid, _known: { documentHash?: string; policyHashes?: ReadonlyMap<Guid, string> }): Buffer {
    throw new Error('not built yet');
  }
  /** Reads anew what a change touched. */
  async applyChange(_session: Session, _change: Change): Promise<void> {}
}

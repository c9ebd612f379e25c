/** The audit log: who changed what, written in the transaction of the change; it is never switched off. */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';

/** Who acts: a console user, an API token, the command line, or the system itself. */
export interface Actor {
  name: string;
  /** Client address; empty for the command line. */
  address: string;
}

export const systemActor: Actor = { name: 'system', address: '' };

export interface AuditRecord {
  action: string;
  objectKind: string;
  objectGuid?: Guid | null;
  objectName: string;
  before?: unknown;
  after?: unknown;
}

export async function recordAudit(session: Session, clock: Clock, actor: Actor, record: AuditRecord): Promise<void> {
  await session.db
    .insertInto('AuditEntry')
    .values(entryOf(clock, actor, record))
    .execute();
}

/** The same for a change of many objects at once. */
export async function recordAudits(
  session: Session,
  clock: Clock,
  actor: Actor,
  records: readonly AuditRecord[],
): Promise<void> {
  await session.insertMany(
    'AuditEntry',
    records.map((record) => entryOf(clock, actor, record)),
  );
}

function entryOf(clock: Clock, actor: Actor, record: AuditRecord) {
  const hasDetail = record.before !== undefined || record.after !== undefined;
  return {
    At: utc(clock.now()),
    Actor: actor.name.slice(0, 255),
    Action: record.action,
    ObjectKind: record.objectKind,
    ObjectGuid: record.objectGuid ?? null,
    ObjectName: record.objectName.slice(0, 400),
    Detail: hasDetail ? JSON.stringify({ before: record.before, after: record.after }) : null,
    Address: actor.address,
  };
}

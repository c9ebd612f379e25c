/** The audit log: who changed what, written in the transaction of the change; it is never switched off. */
import type { Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import type { Session } from '../cmdb/types.ts';
import { guidsIn, namedThingsIn, namesOf } from './names.ts';

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
  const names = await namesOf(session, guidsOf(record));
  await session.db
    .insertInto('AuditEntry')
    .values(entryOf(clock, actor, record, names))
    .execute();
}

/** The same for a change of many objects at once. */
export async function recordAudits(
  session: Session,
  clock: Clock,
  actor: Actor,
  records: readonly AuditRecord[],
): Promise<void> {
  const names = await namesOf(session, records.flatMap(guidsOf));
  await session.insertMany(
    'AuditEntry',
    records.map((record) => entryOf(clock, actor, record, names)),
  );
}

/** Those whose names the record does not tell. */
function guidsOf({ before, after, objectGuid }: AuditRecord): Guid[] {
  const told = new Set<Guid | null>(namedThingsIn([before, after]).map(({ guid }) => guid));
  return guidsIn([before, after]).filter((guid) => guid !== objectGuid && !told.has(guid));
}

function entryOf(clock: Clock, actor: Actor, record: AuditRecord, known: ReadonlyMap<Guid, string>) {
  return {
    At: utc(clock.now()),
    Actor: actor.name.slice(0, 255),
    Action: record.action,
    ObjectKind: record.objectKind,
    ObjectGuid: record.objectGuid ?? null,
    ObjectName: record.objectName.slice(0, 400),
    Detail: detailOf(record, known),
    Address: actor.address,
  };
}

/** With the names that its GUIDs have now: tomorrow they may have others, or be gone. */
function detailOf(record: AuditRecord, known: ReadonlyMap<Guid, string>): string | null {
  const { before, after } = record;
  if (before === undefined && after === undefined) return null;
  const named = guidsOf(record).filter((guid) => known.has(guid));
  const names = Object.fromEntries(named.map((guid) => [guid, known.get(guid)!]));
  return JSON.stringify({ before, after, ...(named.length === 0 ? {} : { names }) });
}

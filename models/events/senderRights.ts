/** Computers that may send data of others than themselves: importers, gateways, servers that collect for many. */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import { insertOrUpdate } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** Asked once a sender and slice; a right that is taken away counts from the next slice on. */
export class SenderRights {
  readonly #session: Session;
  readonly #known = new Map<Guid, boolean>();

  constructor(session: Session) {
    this.#session = session;
  }

  async has(sender: Guid): Promise<boolean> {
    let known = this.#known.get(sender);
    if (known === undefined) {
      const row = await this.#session.db
        .selectFrom('EventSenderRight as e')
        .innerJoin('Resource as r', 'r.Guid', 'e.ResourceGuid')
        .select('e.ResourceGuid')
        .where('e.ResourceGuid', '=', sender)
        .where('r.DeletedAt', 'is', null)
        .executeTakeFirst();
      known = row !== undefined;
      this.#known.set(sender, known);
    }
    return known;
  }
}

export interface SenderRight {
  guid: Guid;
  name: string;
  note: string;
  createdAt: string;
  createdBy: string;
}

/** By name of the computer; those of deleted computers are left out, for they are worth nothing. */
export async function listSenderRights({ db }: Session): Promise<SenderRight[]> {
  return db
    .selectFrom('EventSenderRight as e')
    .innerJoin('Resource as r', 'r.Guid', 'e.ResourceGuid')
    .select([
      'e.ResourceGuid as guid',
      'r.Name as name',
      'e.Note as note',
      'e.CreatedAt as createdAt',
      'e.CreatedBy as createdBy',
    ])
    .where('r.DeletedAt', 'is', null)
    .orderBy('r.Name')
    .execute();
}

/** The computer's name, or why it cannot have the right. */
async function computerName({ db }: Session, computer: Guid): Promise<string | undefined> {
  const row = await db
    .selectFrom('Resource')
    .select('Name')
    .where('Guid', '=', computer)
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null)
    .executeTakeFirst();
  return row?.Name;
}

/** Answers the computer's name; `undefined` when there is no such computer. Call it in a transaction. */
export async function allowSender(
  session: Session,
  clock: Clock,
  actor: Actor,
  computer: Guid,
  note: string,
): Promise<string | undefined> {
  const name = await computerName(session, computer);
  if (name === undefined) return undefined;
  const row = { ResourceGuid: computer, Note: note.slice(0, 500), CreatedAt: utc(clock.now()), CreatedBy: actor.name };
  await insertOrUpdate(session, 'EventSenderRight', ['ResourceGuid'], row);
  await recordAudit(session, clock, actor, {
    action: 'allow',
    objectKind: 'event sender',
    objectGuid: computer,
    objectName: name,
    after: { note: row.Note },
  });
  return name;
}

/** True when it had the right. Call it in a transaction. */
export async function forbidSender(session: Session, clock: Clock, actor: Actor, computer: Guid): Promise<boolean> {
  const right = (await listSenderRights(session)).find(({ guid }) => guid === computer);
  if (right === undefined) return false;
  await session.db.deleteFrom('EventSenderRight').where('ResourceGuid', '=', computer).execute();
  await recordAudit(session, clock, actor, {
    action: 'forbid',
    objectKind: 'event sender',
    objectGuid: computer,
    objectName: right.name,
    before: { note: right.note },
  });
  return true;
}

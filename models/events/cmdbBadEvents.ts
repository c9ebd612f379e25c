/** Bad events of the queue that is a table of the CMDB: a narrow row beside each (BadEvent), served by indexes. */
import { sql, type SelectQueryBuilder } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { utc } from '../clock.ts';
import type { Schema } from '../cmdb/schema.ts';
import { contains, page, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import {
  eventSubject,
  HEAD_BYTES,
  MOST_GROUPS,
  reasonGroup,
  type BadEvent,
  type BadEventFilter,
  type BadEventGroup,
  type BadEventGroups,
  type BadEventQuery,
  type BadEventSort,
} from './badEvent.ts';
import type { QueueClass } from './queueClasses.ts';

const COLUMNS = [
  'Id',
  'QueueName',
  'SenderGuid',
  'ReceivedAt',
  'PutAsideAt',
  'Size',
  'Attempts',
  'SentTo',
  'ClassLabel',
  'ReasonGroup',
  'Reason',
] as const;

const SORT_COLUMNS: Record<BadEventSort, 'Id' | 'SenderGuid' | 'ReasonGroup' | 'SentTo' | 'Size'> = {
  id: 'Id',
  sender: 'SenderGuid',
  reason: 'ReasonGroup',
  sentTo: 'SentTo',
  size: 'Size',
};

/** Within the transaction that puts these events aside; those that have a row already keep it. */
export async function addBadEvents(session: Session, ids: readonly number[], now: number): Promise<void> {
  for (const id of ids) {
    const row = await session.db
      .selectFrom('EventQueueEntry')
      .select(['QueueName', 'SenderGuid', 'ReceivedAt', 'Size', 'Attempts', 'Reason'])
      .select(sql<Uint8Array | null>`substring(Body, 1, ${sql.lit(HEAD_BYTES)})`.as('Head'))
      .where('Id', '=', id)
      .executeTakeFirst();
    if (row === undefined) continue;
    const { sentTo, classLabel } = eventSubject(row.Head ?? new Uint8Array());
    const reason = row.Reason ?? '';
    await session.db
      .insertInto('BadEvent')
      .values({
        Id: id,
        QueueName: row.QueueName,
        SenderGuid: row.SenderGuid,
        ReceivedAt: row.ReceivedAt,
        PutAsideAt: utc(now),
        Size: row.Size,
        Attempts: row.Attempts,
        SentTo: sentTo,
        ClassLabel: classLabel,
        ReasonGroup: reasonGroup(reason),
        Reason: reason,
      })
      .execute();
  }
}

/** Events that were put aside by a statement over many: those without a narrow row. */
export async function addMissingBadEvents(session: Session, bad: number, now: number): Promise<void> {
  const query = session.db
    .selectFrom('EventQueueEntry')
    .leftJoin('BadEvent', 'BadEvent.Id', 'EventQueueEntry.Id')
    .select('EventQueueEntry.Id')
    .where('EventQueueEntry.ProcessingState', '=', bad)
    .where('BadEvent.Id', 'is', null);
  const rows = await query.execute();
  await addBadEvents(
    session,
    rows.map((row) => row.Id),
    now,
  );
}

/** Within the transaction that ends their being bad. At most 500. */
export async function removeBadEvents({ db }: Session, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('BadEvent').where('Id', 'in', ids).execute();
}

export async function listBadEvents(
  session: Session,
  offset: number,
  limit: number,
  query: BadEventQuery,
): Promise<{ total: number; events: BadEvent[] }> {
  const direction = query.descending === false ? 'asc' : 'desc';
  const column = SORT_COLUMNS[query.sort ?? 'id'];
  const ordered = narrowed(session, session.db.selectFrom('BadEvent').select(COLUMNS), query).orderBy(
    column,
    direction,
  );
  const unambiguous = column === 'Id' ? ordered : ordered.orderBy('Id', direction);
  const rows = await page(session, unambiguous, offset, limit).execute();
  const counted = session.db.selectFrom('BadEvent').select((is) => is.fn.countAll().as('Total'));
  const { Total } = await narrowed(session, counted, query).executeTakeFirstOrThrow();
  return { total: Number(Total), events: rows.map(toBadEvent) };
}

export async function readBadEvent({ db }: Session, id: number): Promise<BadEvent | undefined> {
  const row = await db.selectFrom('BadEvent').select(COLUMNS).where('Id', '=', id).executeTakeFirst();
  return row && toBadEvent(row);
}

/** Ids above `after`, ascending. */
export async function badEventIds(
  session: Session,
  filter: BadEventFilter,
  after: number,
  limit: number,
): Promise<number[]> {
  const query = narrowed(session, session.db.selectFrom('BadEvent').select('Id'), filter).where('Id', '>', after);
  return (await top(session, query.orderBy('Id'), limit).execute()).map((row) => row.Id);
}

export async function badEventGroups(session: Session, filter: BadEventFilter): Promise<BadEventGroups> {
  return {
    reasons: await groupsBy(session, 'ReasonGroup', filter),
    senders: await groupsBy(session, 'SenderGuid', filter),
    sentTo: await groupsBy(session, 'SentTo', filter),
  };
}

async function groupsBy(
  session: Session,
  column: 'ReasonGroup' | 'SenderGuid' | 'SentTo',
  filter: BadEventFilter,
): Promise<BadEventGroup[]> {
  const counted = session.db
    .selectFrom('BadEvent')
    .select((is) => [column, is.fn.countAll().as('Total'), is.fn.max('PutAsideAt').as('LatestAt')])
    .groupBy(column)
    .orderBy((is) => is.fn.countAll(), 'desc')
    .orderBy(column);
  const rows = await top(session, narrowed(session, counted, filter), MOST_GROUPS).execute();
  return rows.map((row) => ({
    value: (row[column] as string | null) ?? '',
    count: Number(row.Total),
    latestAt: Date.parse(row.LatestAt as string),
  }));
}

type Bad = Pick<Schema, 'BadEvent'>;

function narrowed<O>(
  session: Session,
  query: SelectQueryBuilder<Bad, 'BadEvent', O>,
  { sender, reasonGroup: group, sentTo, queueClass, search, upTo }: BadEventFilter,
): SelectQueryBuilder<Bad, 'BadEvent', O> {
  let narrow = query;
  if (sender !== undefined) narrow = narrow.where('SenderGuid', '=', sender);
  if (group !== undefined) narrow = narrow.where('ReasonGroup', '=', group);
  if (sentTo !== undefined) narrow = narrow.where('SentTo', '=', sentTo);
  if (queueClass !== undefined) narrow = narrow.where('QueueName', '=', queueClass);
  if (upTo !== undefined) narrow = narrow.where('Id', '<=', upTo);
  if (search === undefined) return narrow;
  const { text, senders } = search;
  return narrow.where((is) =>
    is.or([
      ...['Reason', 'SentTo', 'ClassLabel'].map((column) => contains(session, column, text)),
      ...(senders.length === 0 ? [] : [is('SenderGuid', 'in', senders as Guid[])]),
    ]),
  );
}

const toBadEvent = (row: Bad['BadEvent']): BadEvent => ({
  id: row.Id,
  sender: row.SenderGuid,
  receivedAt: Date.parse(row.ReceivedAt),
  putAsideAt: Date.parse(row.PutAsideAt),
  size: row.Size,
  reason: row.Reason,
  attempts: row.Attempts,
  queueClass: row.QueueName as QueueClass,
  sentTo: row.SentTo,
  classLabel: row.ClassLabel,
  reasonGroup: row.ReasonGroup,
});

/** Bad events of the embedded queue: a narrow table in queue.sqlite, because rows that carry bodies are slow to search. */
import {
  eventSubject,
  MOST_GROUPS,
  reasonGroup,
  type BadEvent,
  type BadEventFilter,
  type BadEventGroup,
  type BadEventGroups,
  type BadEventQuery,
  type BadEventSort,
} from './badEvent.ts';
import type { QueueFile } from './queueFile.ts';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS BadEvent (
    Id INTEGER PRIMARY KEY,
    QueueName TEXT NOT NULL,
    SenderGuid TEXT,
    ReceivedAt INTEGER NOT NULL,
    PutAsideAt INTEGER NOT NULL,
    Size INTEGER NOT NULL,
    Attempts INTEGER NOT NULL,
    SentTo TEXT NOT NULL,
    ClassLabel TEXT NOT NULL,
    ReasonGroup TEXT NOT NULL,
    Reason TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS IX_BadEvent_Sender ON BadEvent (SenderGuid, Id);
  CREATE INDEX IF NOT EXISTS IX_BadEvent_ReasonGroup ON BadEvent (ReasonGroup, Id);
  CREATE INDEX IF NOT EXISTS IX_BadEvent_SentTo ON BadEvent (SentTo, Id);
  CREATE INDEX IF NOT EXISTS IX_BadEvent_Size ON BadEvent (Size, Id);
`;

/** Names of BadEvent. */
const COLUMNS = `Id AS id, SenderGuid AS sender, ReceivedAt AS receivedAt, PutAsideAt AS putAsideAt, Size AS size, Reason AS reason,
  Attempts AS attempts, QueueName AS queueClass, SentTo AS sentTo, ClassLabel AS classLabel, ReasonGroup AS reasonGroup`;

const SORT_COLUMNS: Record<BadEventSort, string> = {
  id: 'Id',
  sender: 'SenderGuid',
  reason: 'ReasonGroup',
  sentTo: 'SentTo',
  size: 'Size',
};

type Parameter = string | number;

export class SqliteBadEvents {
  readonly #file: QueueFile;

  /** Makes the table, and brings in events that an older version put aside. @param bad their ProcessingState */
  constructor(file: QueueFile, bad: number, head: (id: number) => Uint8Array, now: number) {
    this.#file = file;
    file.database.exec(SCHEMA);
    const missing = file
      .prepare(
        `SELECT Id AS id FROM EventQueueEntry WHERE ProcessingState = ${bad} AND Id NOT IN (SELECT Id FROM BadEvent)`,
      )
      .all();
    if (missing.length > 0)
      file.durable(() => missing.forEach(({ id }) => this.add(Number(id), head(Number(id)), now)));
  }

  /** Within the transaction that puts the event aside. @param head the first bytes of its body */
  add(id: number, head: Uint8Array, now: number): void {
    const { sentTo, classLabel } = eventSubject(head);
    const row = this.#file
      .prepare('SELECT QueueName, SenderGuid, ReceivedAt, Size, Attempts, Reason FROM EventQueueEntry WHERE Id = ?')
      .get(id)!;
    const reason = String(row.Reason ?? '');
    this.#file
      .prepare(
        `INSERT OR REPLACE INTO BadEvent (Id, QueueName, SenderGuid, ReceivedAt, PutAsideAt, Size, Attempts, SentTo, ClassLabel, ReasonGroup, Reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        id,
        row.QueueName!,
        row.SenderGuid!,
        row.ReceivedAt!,
        now,
        row.Size!,
        row.Attempts!,
        sentTo,
        classLabel,
        reasonGroup(reason),
        reason,
      );
  }

  /** Within the transaction that ends its being bad. */
  remove(id: number): void {
    this.#file.prepare('DELETE FROM BadEvent WHERE Id = ?').run(id);
  }

  list(offset: number, limit: number, query: BadEventQuery): { total: number; events: BadEvent[] } {
    const { text, parameters } = where(query);
    const direction = query.descending === false ? 'ASC' : 'DESC';
    const column = SORT_COLUMNS[query.sort ?? 'id'];
    const order = column === 'Id' ? `Id ${direction}` : `${column} ${direction}, Id ${direction}`;
    const rows = this.#file
      .prepare(`SELECT ${COLUMNS} FROM BadEvent ${text} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(...parameters, limit, offset) as unknown as BadEvent[];
    return { total: this.#count(text, parameters), events: rows.map((row) => ({ ...row })) };
  }

  #count(text: string, parameters: readonly Parameter[]): number {
    return Number(this.#file.prepare(`SELECT COUNT(*) AS total FROM BadEvent ${text}`).get(...parameters)!.total);
  }

  read(id: number): BadEvent | undefined {
    const row = this.#file.prepare(`SELECT ${COLUMNS} FROM BadEvent WHERE Id = ?`).get(id);
    return row && ({ ...row } as unknown as BadEvent);
  }

  /** Ids above `after`, ascending. */
  ids(filter: BadEventFilter, after: number, limit: number): number[] {
    const { text, parameters } = where(filter, ['Id > ?'], [after]);
    const rows = this.#file
      .prepare(`SELECT Id AS id FROM BadEvent ${text} ORDER BY Id LIMIT ?`)
      .all(...parameters, limit);
    return rows.map((row) => Number(row.id));
  }

  groups(filter: BadEventFilter): BadEventGroups {
    const { text, parameters } = where(filter);
    const by = (column: string): BadEventGroup[] =>
      this.#file
        .prepare(
          `SELECT COALESCE(${column}, '') AS value, COUNT(*) AS count, MAX(PutAsideAt) AS latestAt FROM BadEvent ${text}
           GROUP BY ${column} ORDER BY 2 DESC, 1 LIMIT ${MOST_GROUPS}`,
        )
        .all(...parameters)
        .map((row) => ({ value: String(row.value), count: Number(row.count), latestAt: Number(row.latestAt) }));
    return { reasons: by('ReasonGroup'), senders: by('SenderGuid'), sentTo: by('SentTo') };
  }
}

function where(
  { sender, reasonGroup: group, sentTo, queueClass, search, upTo }: BadEventFilter,
  conditions: string[] = [],
  parameters: Parameter[] = [],
): { text: string; parameters: Parameter[] } {
  const add = (condition: string, ...values: Parameter[]): void => {
    conditions.push(condition);
    parameters.push(...values);
  };
  if (sender !== undefined) add('SenderGuid = ?', sender);
  if (group !== undefined) add('ReasonGroup = ?', group);
  if (sentTo !== undefined) add('SentTo = ?', sentTo);
  if (queueClass !== undefined) add('QueueName = ?', queueClass);
  if (upTo !== undefined) add('Id <= ?', upTo);
  if (search !== undefined) {
    const pattern = `%${search.text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`;
    const like = ['Reason', 'SentTo', 'ClassLabel'].map((column) => `${column} LIKE ? ESCAPE '\\'`);
    const senders = search.senders.length === 0 ? [] : [`SenderGuid IN (${search.senders.map(() => '?').join()})`];
    add(`(${[...like, ...senders].join(' OR ')})`, pattern, pattern, pattern, ...search.senders);
  }
  return { text: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, parameters };
}

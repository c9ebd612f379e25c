/**
 * The child process in which a report runs on the embedded CMDB: SQLite computes in the thread that asks, and nothing
 * but the end of the process interrupts it for sure.
 */
import { readFileSync, writeSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { ResultWriter } from '../resultWriter.ts';
import type { ChildAnswer, ChildOrder } from './childMessages.ts';
import { explain } from './explainSqlite.ts';
import { ReadOnlyConnection } from './readOnlyConnection.ts';
import { toSqlite } from './sqliteDialect.ts';

const STDIN = 0;
const STDOUT = 1;

/** Written at once: what ends this process next would take a buffered line with it. */
const answer = (said: ChildAnswer): void => void writeSync(STDOUT, `${JSON.stringify(said)}\n`);

function work(order: ChildOrder): ChildAnswer {
  const connection = new ReadOnlyConnection(order);
  const sql = toSqlite(order.sql);
  if (order.task === 'explain') return { state: 'explained', plan: explain(connection, sql) };
  const statement = connection.database.prepare(sql);
  statement.setReturnArrays(true);
  statement.setReadBigInts(true);
  const writer = new ResultWriter(
    order.file,
    statement.columns().map((column) => column.name),
    order.rowLimit,
  );
  for (const row of statement.iterate(order.values)) {
    if (!writer.write(row as unknown as unknown[])) break;
  }
  return { state: 'done', result: writer.finish() };
}

function reasonOf(error: unknown): string {
  const { message } = error as Error;
  if (/prohibited|not authorized|authorization denied/.test(message)) {
    return `${message.replace('cmdb.', '')}: a report reads the listed tables and views, and changes nothing`;
  }
  return message;
}

const order = JSON.parse(readFileSync(STDIN, 'utf8')) as ChildOrder;
// Events and agents come first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
const { memoryLimit, timeLimit } = order;
new Worker(new URL('./watchdog.ts', import.meta.url), { workerData: { memoryLimit, timeLimit, parent: process.ppid } });
try {
  answer(work(order));
} catch (error) {
  answer({ state: 'failed', reason: reasonOf(error) });
}
// Not before the last line is out, and without waiting for the watchdog.
process.exit(0);

/** What the server and the child process of a report say to each other: an order on its input, one line on its output. */
import type { ResultSummary } from '../resultWriter.ts';
import type { Source } from './readOnlyConnection.ts';
import type { QueryPlan } from './runner.ts';

export interface ChildOrder extends Source {
  task: 'run' | 'explain';
  /** SQLite's spelling already. */
  sql: string;
  values: Record<string, string | number | null>;
  rowLimit: number;
  file: string;
  /** Bytes of resident memory at which the child ends itself. */
  memoryLimit: number;
  /** Milliseconds; the server ends it before, unless the server itself is gone. */
  timeLimit: number;
}

export type ChildAnswer =
  | { state: 'done'; result: ResultSummary }
  | { state: 'explained'; plan: QueryPlan }
  | { state: 'failed'; reason: string }
  | { state: 'memory' };

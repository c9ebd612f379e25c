/** What runs a query, whatever the engine. */
import type { ParameterValue } from '../parameterValues.ts';
import type { ResultSummary } from '../resultWriter.ts';

export interface QueryOrder {
  sql: string;
  values: readonly ParameterValue[];
  rowLimit: number;
  timeLimitSeconds: number;
  /** Where the rows go. */
  file: string;
}

export type QueryOutcome =
  | { state: 'succeeded'; milliseconds: number; result: ResultSummary }
  /** `reason` is a sentence for the person who asked. */
  | { state: 'failed'; milliseconds: number; reason: string }
  | { state: 'cancelled'; milliseconds: number };

export interface RunningQuery {
  readonly done: Promise<QueryOutcome>;
  /** Ends it for good; `done` resolves when nothing of it runs any more. */
  cancel(): void;
}

export interface PlanLine {
  depth: number;
  text: string;
}

export interface QueryPlan {
  lines: PlanLine[];
  /** Tables that are read from end to end; `rows` at most `BIG_TABLE` + 1. */
  scans: { table: string; rows: number; byIndex: boolean }[];
}

/** A table with more rows counts as big: reading it whole is worth a warning. */
export const BIG_TABLE = 100_000;

export interface ReportRunner {
  /** Why reports cannot run here, as a sentence; undefined when they can. */
  readonly switchedOff: string | undefined;
  run(order: QueryOrder): RunningQuery;
  /** @throws QueryFailed */
  explain(order: Omit<QueryOrder, 'file' | 'rowLimit'>): Promise<QueryPlan>;
  close(): Promise<void>;
}

/** The database did not take the query; the message is for its author. */
export class QueryFailed extends Error {
  override name = 'QueryFailed';
}

export const tookTooLong = (seconds: number): string =>
  `It was ended after ${seconds === 1 ? 'one second' : `${seconds} seconds`}, its time limit. Narrow it down, or give it more time.`;

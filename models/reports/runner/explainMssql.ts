/** The estimated plan of SQL Server. Needs the right SHOWPLAN, which the printed script gives to the role. */
import type sql from 'mssql';
import type { ParameterType } from '../definition.ts';
import type { ParameterValue } from '../parameterValues.ts';
import { BIG_TABLE, type QueryPlan } from './runner.ts';

interface PlanRow {
  StmtText: string;
  PhysicalOp: string | null;
  Argument: string | null;
  EstimateRows: number | null;
}

const TYPES: Readonly<Record<ParameterType, string>> = {
  text: 'nvarchar(4000)',
  number: 'float',
  date: 'datetime2(0)',
  guid: 'uniqueidentifier',
};

/** @throws Error when the database shows no plan */
export async function explainOnServer(
  pool: sql.ConnectionPool,
  query: string,
  values: readonly ParameterValue[],
): Promise<QueryPlan> {
  // A transaction keeps to one connection, and the switch belongs to the connection.
  const transaction = pool.transaction();
  await transaction.begin();
  try {
    await transaction.request().batch('SET SHOWPLAN_ALL ON');
    try {
      const declared = values.map(({ name, type }) => `@${name} ${TYPES[type]}`);
      const text = declared.length === 0 ? query : `DECLARE ${declared.join(', ')};\n${query}`;
      const { recordsets } = await transaction.request().batch(text);
      return readPlan((recordsets as unknown as PlanRow[][]).flat());
    } finally {
      await transaction.request().batch('SET SHOWPLAN_ALL OFF');
    }
  } finally {
    await transaction.rollback().catch(() => undefined);
  }
}

function readPlan(rows: readonly PlanRow[]): QueryPlan {
  const steps = rows.filter((row) => typeof row.StmtText === 'string' && row.PhysicalOp !== undefined);
  if (steps.length === 0) throw new Error('The database showed no plan');
  const lines = steps
    .filter((row) => row.PhysicalOp !== null)
    .map(({ StmtText, EstimateRows }) => {
      const depth = Math.max(0, Math.floor(StmtText.indexOf('|--') / 5));
      return { depth, text: `${StmtText.replace(/^[ |]*\|--/, '')}, about ${Math.round(EstimateRows ?? 0)} rows` };
    });
  const scans = steps
    .filter((row) => /scan$/i.test(row.PhysicalOp ?? ''))
    .map(({ PhysicalOp, Argument, EstimateRows }) => ({
      table: /\]\.\[([^\]]+)\]\.\[[^\]]+\]/.exec(Argument ?? '')?.[1] ?? 'a table',
      rows: Math.min(Math.round(EstimateRows ?? 0), BIG_TABLE + 1),
      byIndex: /^index/i.test(PhysicalOp ?? ''),
    }));
  return { lines, scans };
}

/** How SQLite would find the rows of a query. */
import type { ReadOnlyConnection } from './readOnlyConnection.ts';
import { BIG_TABLE, type PlanLine, type QueryPlan } from './runner.ts';

interface Step {
  id: number;
  parent: number;
  detail: string;
}

interface Instruction {
  opcode: string;
  p1: number;
  p2: number;
  p3: number;
}

/** The query is compiled under the authorizer first: who may not run it is told nothing about it. */
export function explain(connection: ReadOnlyConnection, sql: string): QueryPlan {
  const { database } = connection;
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all() as unknown as Step[];
  const program = database.prepare(`EXPLAIN ${sql}`).all() as unknown as Instruction[];
  return { lines: linesOf(steps), scans: connection.unguarded(() => scansOf(connection, program)) };
}

function linesOf(steps: readonly Step[]): PlanLine[] {
  const depths = new Map<number, number>();
  return steps.map(({ id, parent, detail }) => {
    const depth = (depths.get(parent) ?? -1) + 1;
    depths.set(id, depth);
    return { depth, text: detail };
  });
}

/**
 * Tables and indexes whose cursor is set to the first (or last) row: the plan's own lines name an alias, the program
 * names the page at which the table begins.
 */
function scansOf({ database }: ReadOnlyConnection, program: readonly Instruction[]): QueryPlan['scans'] {
  const roots = new Map<number, number>();
  const scanned = new Set<number>();
  const from = databaseNumber(database.prepare('PRAGMA database_list').all() as { seq: number; name: string }[]);
  for (const { opcode, p1, p2, p3 } of program) {
    if (opcode === 'OpenRead' && p3 === from) roots.set(p1, p2);
    else if (opcode.startsWith('Open')) roots.delete(p1);
    else if ((opcode === 'Rewind' || opcode === 'Last') && roots.has(p1)) scanned.add(roots.get(p1)!);
  }
  const named = database.prepare('SELECT type, tbl_name FROM cmdb.sqlite_master WHERE rootpage = ?');
  const scans = [...scanned].flatMap((root) => {
    const found = named.get(root) as { type: string; tbl_name: string } | undefined;
    return found === undefined ? [] : [{ table: found.tbl_name, byIndex: found.type === 'index' }];
  });
  return scans.map(({ table, byIndex }) => {
    const counted = database.prepare(
      `SELECT COUNT(*) AS n FROM (SELECT 1 FROM cmdb."${table}" LIMIT ${BIG_TABLE + 1})`,
    );
    return { table, byIndex, rows: Number(counted.get()!.n) };
  });
}

const databaseNumber = (list: readonly { seq: number; name: string }[]): number =>
  list.find(({ name }) => name === 'cmdb')!.seq;

/**
 * A report over the whole fleet with five joined data classes: as the server runs it (a process of its own, guarded, rows
 * to a file) against the same SQL in this process, straight into memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { toSqlite } from '../models/reports/runner/sqliteDialect.ts';
import { SqliteRunner } from '../models/reports/runner/sqliteRunner.ts';
import type { Row } from './report.ts';
import { median } from './stats.ts';

/** test/reports/plan.test.ts holds it to its indexes. */
export const FIVE_CLASSES = `SELECT c.Guid, c.Name, i.[OS Name], t.[IP Address], m.Hypervisor, p.[User], l.[Site]
FROM vComputer c
LEFT JOIN Inv_AeX_AC_Identification i ON i._ResourceGuid = c.Guid
LEFT JOIN Inv_AeX_AC_TCPIP t ON t._ResourceGuid = c.Guid
LEFT JOIN Inv_AeX_AC_VirtualMachine m ON m._ResourceGuid = c.Guid
LEFT JOIN Inv_AeX_AC_Primary_User p ON p._ResourceGuid = c.Guid
LEFT JOIN Inv_AeX_AC_Location l ON l._ResourceGuid = c.Guid
WHERE c.IsManaged = 1`;

const LEAST_RATIO = 0.4;
const ROW_LIMIT = 1_000_000;

export async function reportRow(dataDir: string, computers: number, rounds: number): Promise<Row> {
  const database = join(dataDir, 'cmdb.sqlite');
  const folder = mkdtempSync(join(tmpdir(), 'ns-bench-report-'));
  const runner = new SqliteRunner({ database, now: Date.now, queues: () => Promise.resolve([]) });
  try {
    const own: number[] = [];
    const direct: number[] = [];
    let rows = 0;
    for (let round = 0; round < rounds; round++) {
      const order = {
        sql: FIVE_CLASSES,
        values: [],
        rowLimit: ROW_LIMIT,
        timeLimitSeconds: 600,
        file: join(folder, 'rows'),
      };
      const outcome = await runner.run(order).done;
      if (outcome.state !== 'succeeded') throw new Error(`the report ${JSON.stringify(outcome)}`);
      rows = outcome.result.rows;
      own.push(outcome.milliseconds);
      direct.push(askDirectly(database));
    }
    const { lines, scans } = await runner.explain({ sql: FIVE_CLASSES, values: [], timeLimitSeconds: 600 });
    const ratio = median(direct.map((milliseconds, round) => milliseconds / own[round]!));
    const whole = scans.map(({ table }) => table);
    return {
      name: `Report over ${computers} computers, five joined classes`,
      ours: `${Math.round(median(own))} ms`,
      bound: `${Math.round(median(direct))} ms`,
      ratio,
      goal: `≥ ${LEAST_RATIO}, classes by index`,
      met: ratio >= LEAST_RATIO && !whole.some((table) => table.startsWith('Inv_')),
      note: `${rows} rows; plan: ${lines.map(({ text }) => text).join('; ')}`,
      figures: { own, direct, rows, lines, scans },
    };
  } finally {
    await runner.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function askDirectly(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const startedAt = performance.now();
    const statement = database.prepare(toSqlite(FIVE_CLASSES));
    statement.setReturnArrays(true);
    statement.all();
    return performance.now() - startedAt;
  } finally {
    database.close();
  }
}

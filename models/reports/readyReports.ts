/**
 * The reports that come with the program: files of sql/reports/, put into the CMDB at every start. A copy that somebody
 * made of one is a report of its own and left alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { guid, type Guid } from '../../wire/guid.ts';
import { utc, type Clock } from '../clock.ts';
import { insertOrUpdate } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { columnsOf, definitionOf } from './changeReports.ts';
import { readDefinition, type ReportChart, type ReportDefinition, type ReportParameter } from './definition.ts';
import { getReport } from './reportStore.ts';

export interface ReadyReport extends ReportDefinition {
  guid: Guid;
}

const FOLDER = fileURLToPath(new URL('../../sql/reports/', import.meta.url));
const AUTHOR = 'system';

/** All of them, by file name. @throws Error, InvalidInput when a file is not what it should be */
export function readReadyReports(folder = FOLDER): ReadyReport[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => parseReady(file, readFileSync(folder + file, 'utf8')));
}

/**
 * A file begins with lines `-- name: value`: guid, name, folder, tags, description, any number of
 * `parameter: Name type default | Label | choices`, and `chart: kind, label column, value column, …`.
 */
export function parseReady(file: string, text: string): ReadyReport {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const end = lines.findIndex((line) => !/^-- \w+: /.test(line));
  const fields = lines.slice(0, end).map((line) => /^-- (\w+): (.*)$/.exec(line)!.slice(1) as [string, string]);
  const field = (name: string): string => fields.find(([key]) => key === name)?.[1] ?? '';
  if (field('guid') === '' || field('name') === '') throw new Error(`sql/reports/${file} has no guid or no name`);
  const chart = field('chart');
  const definition = readDefinition({
    name: field('name'),
    folder: field('folder'),
    tags: field('tags'),
    description: field('description'),
    parameters: fields.filter(([key]) => key === 'parameter').map(([, value]) => parseParameter(value)),
    chart: chart === '' ? undefined : parseChart(chart),
    sql: lines.slice(end).join('\n'),
  });
  return { ...definition, guid: guid(field('guid')) };
}

function parseParameter(text: string): ReportParameter {
  const [head = '', label = '', choices = ''] = text.split(' | ').map((part) => part.trim());
  const [name = '', type = 'text', ...rest] = head.split(' ');
  return { name, type: type as ReportParameter['type'], byDefault: rest.join(' '), label, choices };
}

function parseChart(text: string): ReportChart {
  const [kind, label = '', ...values] = text.split(',').map((part) => part.trim());
  return { kind: kind as ReportChart['kind'], label, values };
}

/** Writes what is new or changed, and takes away what no longer comes with the program. Answers how many it touched. */
export async function installReadyReports(cmdb: Cmdb, clock: Clock, reports = readReadyReports()): Promise<number> {
  return cmdb.transaction(async (session) => {
    let touched = 0;
    for (const { guid: id, ...definition } of reports) {
      const known = await getReport(session, id);
      if (known !== undefined && known.isBuiltIn && same(definitionOf(known), definition)) continue;
      const now = utc(clock.now());
      await insertOrUpdate(session, 'Report', ['Guid'], {
        Guid: id,
        IsBuiltIn: 1,
        CreatedAt: known?.createdAt ?? now,
        CreatedBy: AUTHOR,
        ModifiedAt: now,
        ModifiedBy: AUTHOR,
        ...columnsOf(definition),
      });
      touched++;
    }
    const old = await session.db.selectFrom('Report').select('Guid').where('IsBuiltIn', '=', 1).execute();
    const gone = old.map((row) => row.Guid).filter((id) => !reports.some((report) => report.guid === id));
    for (const id of gone) await session.db.deleteFrom('Report').where('Guid', '=', id).execute();
    return touched + gone.length;
  });
}

const same = (one: ReportDefinition, other: ReportDefinition): boolean =>
  JSON.stringify(columnsOf(one)) === JSON.stringify(columnsOf(other));

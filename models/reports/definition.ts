/** What a report is: one query, the questions it asks before it runs, and how its result may be drawn. */
import { z } from 'zod';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { line, paragraph, readFields, requiredLine, wholeNumber } from '../fieldTypes.ts';
import { checkQuery, MOST_SQL, parameterNames } from './sqlText.ts';

export const PARAMETER_TYPES = ['text', 'number', 'date', 'guid'] as const;
export type ParameterType = (typeof PARAMETER_TYPES)[number];

export interface ReportParameter {
  /** As in the SQL, without `@`. */
  name: string;
  label: string;
  type: ParameterType;
  /** What the field begins with; empty means NULL. */
  byDefault: string;
  /** A query whose first column is offered as values, the second, if there is one, as their labels. Empty: a plain field. */
  choices: string;
}

export const CHART_KINDS = ['bars', 'lines', 'shares'] as const;

/** Drawn by names of columns of the result. */
export interface ReportChart {
  kind: (typeof CHART_KINDS)[number];
  label: string;
  values: string[];
}

export interface ReportDefinition {
  name: string;
  description: string;
  /** Empty: no folder. */
  folder: string;
  /** Words with commas between. */
  tags: string;
  sql: string;
  parameters: ReportParameter[];
  chart: ReportChart | undefined;
  rowLimit: number;
  timeLimitSeconds: number;
}

export interface Report extends ReportDefinition {
  guid: Guid;
  /** Comes with the program: it is copied, never edited. */
  isBuiltIn: boolean;
  createdAt: Utc;
  createdBy: string;
  modifiedAt: Utc;
  modifiedBy: string;
  lastRunAt: Utc | null;
  lastRunBy: string | null;
  lastRunRows: number | null;
  lastRunMilliseconds: number | null;
}

export const ROW_LIMIT = 10_000;
export const MOST_ROWS = 1_000_000;
export const TIME_LIMIT_SECONDS = 60;
export const MOST_SECONDS = 3600;
const MOST_PARAMETERS = 20;
const MOST_CHART_VALUES = 5;

const parameter = z.object({
  name: z.string(),
  label: line(120).default(''),
  type: z.enum(PARAMETER_TYPES).default('text'),
  byDefault: line(400).default(''),
  choices: z.string().max(10_000).default(''),
});

const chart = z
  .object({
    kind: z.enum(CHART_KINDS, 'Choose a kind of chart.'),
    label: line(128),
    values: z.array(line(128)).max(MOST_CHART_VALUES, `At most ${MOST_CHART_VALUES} columns are drawn.`),
  })
  .refine((drawn) => drawn.label !== '' && drawn.values.length > 0, {
    path: ['label'],
    message: 'A chart needs a column for the labels and one or more for the values.',
  });

const definition = z.object({
  name: requiredLine(255, 'Enter a name.'),
  description: paragraph(2000).default(''),
  folder: line(255).default(''),
  tags: line(400).default(''),
  sql: z.string('Write a query.').max(MOST_SQL),
  parameters: z.array(parameter).max(MOST_PARAMETERS, `At most ${MOST_PARAMETERS} parameters.`).default([]),
  chart: chart.optional(),
  rowLimit: wholeNumber(1, MOST_ROWS, ROW_LIMIT),
  timeLimitSeconds: wholeNumber(1, MOST_SECONDS, TIME_LIMIT_SECONDS),
});

/**
 * Reads what somebody typed. The SQL decides which parameters there are: one that it does not use is dropped, one that
 * was not described is a text. @throws InvalidInput with every fault at its field
 */
export function readDefinition(input: unknown): ReportDefinition {
  const read = readFields(definition, input);
  const sql = read.sql.replaceAll('\r\n', '\n').trim();
  checkQuery(sql);
  return { ...read, sql, chart: read.chart, parameters: describedParameters(sql, read.parameters) };
}

/** A description for every parameter of the SQL, in the order in which it uses them. @throws InvalidInput `sql` */
export function describedParameters(sql: string, described: readonly ReportParameter[]): ReportParameter[] {
  const parameters = parameterNames(sql).map((name) => {
    const known = described.find((one) => one.name.toLowerCase() === name.toLowerCase());
    return known === undefined
      ? { name, label: spaced(name), type: 'text' as const, byDefault: '', choices: '' }
      : { ...known, name, label: known.label === '' ? spaced(name) : known.label };
  });
  for (const { choices } of parameters) if (choices.trim() !== '') checkQuery(choices);
  return parameters;
}

/** `PackageGuid` is asked for as "Package guid". */
function spaced(name: string): string {
  const words = name
    .replaceAll('_', ' ')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

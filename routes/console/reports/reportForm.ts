/** Fields of a report, for its new and edit pages. The SQL decides which parameters there are to describe. */
import type { Request } from 'express';
import { PARAMETER_TYPES, type ReportDefinition, type ReportParameter } from '../../../models/reports/definition.ts';
import { MOST_ROWS, MOST_SECONDS } from '../../../models/reports/definition.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { parameterNames } from '../../../models/reports/sqlText.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';

const TYPE_LABELS: Readonly<Record<(typeof PARAMETER_TYPES)[number], string>> = {
  text: 'Text',
  number: 'Number',
  date: 'Date and time',
  guid: 'GUID',
};

/** Names in the form: `parameter.days.label`. */
const nameOf = (parameter: string, part: string): string => `parameter.${parameter.toLowerCase()}.${part}`;

export function reportSections(values: FormValues, folders: readonly string[]): FieldSection[] {
  const parameters = parametersIn(textOf(values, 'sql'));
  return [
    { fields: generalFields(folders) },
    {
      title: 'Query',
      help: 'One SELECT over the tables and views that “Tables and views” lists. @Name is a parameter that is asked for. Preview runs it and shows the first rows and the plan; nothing is kept.',
      fields: [{ name: 'sql', label: 'SQL', kind: 'textarea', rows: 16, code: true, required: true }],
    },
    ...parameters.map((name) => ({ title: `Parameter @${name}`, fields: parameterFields(name) })),
    { title: 'Chart', fields: CHART_FIELDS },
    { title: 'Limits', fields: LIMIT_FIELDS },
  ];
}

/** None while the SQL cannot be read: the fault stands beside it then. */
function parametersIn(sql: string): string[] {
  try {
    return parameterNames(sql);
  } catch (error) {
    if (error instanceof InvalidInput) return [];
    throw error;
  }
}

function generalFields(folders: readonly string[]): Field[] {
  return [
    { name: 'name', label: 'Name', required: true, maxLength: 255 },
    { name: 'description', label: 'What it shows', kind: 'textarea', rows: 2, maxLength: 2000 },
    {
      name: 'folder',
      label: 'Folder',
      maxLength: 255,
      help: folders.length === 0 ? 'Any name.' : `Any name; there are: ${folders.join(', ')}.`,
    },
    { name: 'tags', label: 'Tags', maxLength: 400, help: 'Words with commas between: the list finds them.' },
  ];
}

function parameterFields(name: string): Field[] {
  return [
    { name: nameOf(name, 'label'), label: 'Question', maxLength: 120, help: 'What stands over the field.' },
    {
      name: nameOf(name, 'type'),
      label: 'Type',
      kind: 'select',
      options: PARAMETER_TYPES.map((type) => ({ value: type, label: TYPE_LABELS[type] })),
    },
    { name: nameOf(name, 'byDefault'), label: 'Default', maxLength: 400, help: 'Empty means NULL.' },
    {
      name: nameOf(name, 'choices'),
      label: 'Choices',
      kind: 'textarea',
      rows: 2,
      code: true,
      help: 'A query that makes a drop-down: the value, and after it, if there is one, its label. Empty: a plain field.',
    },
  ];
}

const CHART_FIELDS: readonly Field[] = [
  {
    name: 'chartKind',
    label: 'Kind',
    kind: 'select',
    options: [
      { value: '', label: 'No chart' },
      { value: 'bars', label: 'Bars' },
      { value: 'lines', label: 'Lines' },
      { value: 'shares', label: 'Shares of the whole' },
    ],
  },
  { name: 'chartLabel', label: 'Column of the labels', maxLength: 128 },
  { name: 'chartValues', label: 'Columns of the values', maxLength: 700, help: 'Up to five, with commas between.' },
];

const LIMIT_FIELDS: readonly Field[] = [
  { name: 'rowLimit', label: 'Rows at most', kind: 'number', min: 1, max: MOST_ROWS, unit: 'rows' },
  { name: 'timeLimitSeconds', label: 'Ended after', kind: 'number', min: 1, max: MOST_SECONDS, unit: 'seconds' },
];

/** Everything that was sent, as text. */
export function readReportForm(request: Request): FormValues {
  const body = (request.body ?? {}) as Record<string, string | string[] | undefined>;
  return Object.fromEntries(
    Object.entries(body)
      .filter(([name]) => name !== '_csrf' && name !== 'preview')
      .map(([name, value]) => [name, ([value ?? ''].flat()[0] ?? '').trim()]),
  );
}

/** What the model reads. */
export function definitionFrom(values: FormValues): object {
  const sql = textOf(values, 'sql');
  const kind = textOf(values, 'chartKind');
  return {
    name: textOf(values, 'name'),
    description: textOf(values, 'description'),
    folder: textOf(values, 'folder'),
    tags: textOf(values, 'tags'),
    sql,
    parameters: parametersIn(sql).map((name) => parameterFrom(values, name)),
    rowLimit: textOf(values, 'rowLimit'),
    timeLimitSeconds: textOf(values, 'timeLimitSeconds'),
    ...(kind === ''
      ? {}
      : { chart: { kind, label: textOf(values, 'chartLabel'), values: listOf(textOf(values, 'chartValues')) } }),
  };
}

const parameterFrom = (values: FormValues, name: string) => ({
  name,
  label: textOf(values, nameOf(name, 'label')),
  type: textOf(values, nameOf(name, 'type')) || 'text',
  byDefault: textOf(values, nameOf(name, 'byDefault')),
  choices: textOf(values, nameOf(name, 'choices')),
});

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** A report as the form shows it; `only` its parameters, say, after a preview has found them. */
export function valuesOf(report: ReportDefinition, only?: readonly ['parameters']): FormValues {
  const parameters = Object.fromEntries(report.parameters.flatMap(parameterValues));
  if (only !== undefined) return parameters;
  return {
    ...parameters,
    name: report.name,
    description: report.description,
    folder: report.folder,
    tags: report.tags,
    sql: report.sql,
    rowLimit: String(report.rowLimit),
    timeLimitSeconds: String(report.timeLimitSeconds),
    chartKind: report.chart?.kind ?? '',
    chartLabel: report.chart?.label ?? '',
    chartValues: report.chart?.values.join(', ') ?? '',
  };
}

const parameterValues = ({ name, label, type, byDefault, choices }: ReportParameter): [string, string][] => [
  [nameOf(name, 'label'), label],
  [nameOf(name, 'type'), type],
  [nameOf(name, 'byDefault'), byDefault],
  [nameOf(name, 'choices'), choices],
];

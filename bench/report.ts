/** Rows of the report: as a table for people, as JSON for tools, and as the table in docs/performance.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, platform, release, totalmem } from 'node:os';
import { canPin, projectFile } from './processes.ts';

export interface Row {
  name: string;
  ours: string;
  /** What it is held against: the bare server's or nginx's figure; empty where the goal is absolute. */
  bound: string;
  /** Ours divided by the bound. */
  ratio?: number;
  goal: string;
  /** Undefined: no goal was set for this row, or it could not be measured here. */
  met: boolean | undefined;
  note: string;
  /** All figures, for the JSON file. */
  figures: object;
}

const COLUMNS = ['row', 'ours', 'bound', 'ratio', 'goal', 'result', 'note'] as const;

const verdict = (row: Row): string => (row.met === undefined ? '-' : row.met ? 'met' : 'MISSED');

function cells(row: Row): string[] {
  const ratio = row.ratio === undefined ? '' : row.ratio.toFixed(2);
  return [row.name, row.ours, row.bound, ratio, row.goal, verdict(row), row.note];
}

export function textTable(rows: readonly Row[]): string {
  const lines = [[...COLUMNS], ...rows.map(cells)];
  const widths = COLUMNS.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export interface Machine {
  date: string;
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  pinned: boolean;
}

export function describeMachine(now: Date): Machine {
  return {
    date: now.toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    pinned: canPin,
  };
}

export function machineLine(machine: Machine): string {
  const pinned = machine.pinned
    ? 'server on one core, client on another (taskset)'
    : 'not pinned to cores: no taskset or one core only, so the figures are less steady';
  return `${machine.date}, ${machine.processor}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}; ${pinned}`;
}

const BEGIN = '<!-- bench:begin -->';
const END = '<!-- bench:end -->';

/**
 * Puts the table between the markers of docs/performance.md; of `only` some parts, the rows of the others stay as they
 * are. @throws Error when the markers are gone
 */
export function writeDocument(rows: readonly Row[], machine: Machine, only: boolean): void {
  const path = projectFile('docs/performance.md');
  const text = readFileSync(path, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin === -1 || end < begin) throw new Error(`${path} lacks the markers ${BEGIN} and ${END}`);
  const line = (values: readonly string[]): string => `| ${values.join(' | ')} |`;
  const lines = new Map(only ? text.slice(begin, end).split('\n').filter(isRow).map(named) : []);
  for (const row of rows) lines.set(row.name, line(cells(row)));
  const table = [line(COLUMNS), line(COLUMNS.map(() => '---')), ...lines.values()].join('\n');
  const block = `${BEGIN}\n\nMeasured ${machineLine(machine)}.\n\n${table}\n\n${END}`;
  writeFileSync(path, text.slice(0, begin) + block + text.slice(end + END.length));
}

const isRow = (line: string): boolean =>
  line.startsWith('| ') && !line.startsWith('| row |') && !line.startsWith('| ---');

const named = (line: string): [string, string] => [line.split(' | ')[0]!.slice(2), line];

export function writeJson(path: string, rows: readonly Row[], machine: Machine): void {
  writeFileSync(path, `${JSON.stringify({ machine, rows }, undefined, 2)}\n`);
}

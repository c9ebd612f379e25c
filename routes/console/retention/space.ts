/** Space by table and data class, growth per day, and how long the disk will do. */
import { statfs } from 'node:fs/promises';
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  daysUntilFull,
  GROWTH_DAYS,
  readSpace,
  type SpaceReport,
  type SpaceRow,
} from '../../../models/retention/spaceReport.ts';
import type { Cell } from '../cells.ts';
import type { Chart } from '../chart.ts';
import { counted, formatBytes, formatNumber } from '../format.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { retentionTabs } from './retentionTabs.ts';

const SHOWN = 25;
const MB = 1024 * 1024;

export function registerSpacePage(router: Router, { cmdb, clock, settings }: AppContext): void {
  router.get('/retention/space', async (request, response) => {
    const report = await readSpace(cmdb, clock.now());
    const freeDisk = cmdb.engine === 'sqlite' ? await freeDiskOf(settings.dataDir) : undefined;
    const isAll = request.query.all === '1';
    const shown = isAll ? report.tables : report.tables.slice(0, SHOWN);
    const rest = report.tables.length - shown.length;
    await render(request, response, 'retention/space', {
      title: 'Retention',
      tabs: retentionTabs('space'),
      charts: true,
      isEmpty: report.sampledAt === undefined,
      sampledAt: report.sampledAt,
      forecast: forecastSentence(report, freeDisk),
      facts: factsOf(report, freeDisk),
      isEstimate: report.tables.some((row) => row.isEstimate),
      table: tableOf(shown),
      more:
        rest > 0
          ? { label: `Show ${formatNumber(rest)} smaller tables`, href: at('/retention/space', { all: '1' }) }
          : undefined,
      growth: growthChart(report),
    });
  });
}

async function freeDiskOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** What the numbers allow to be said, in one sentence. */
export function forecastSentence(report: SpaceReport, freeDisk: number | undefined): string {
  const { growthPerDay, daysSeen, freeInside = 0 } = report;
  if (growthPerDay === undefined)
    return 'Growth is known when sizes were sampled on at least four days; one sample is taken every day.';
  const over = `over the last ${counted(daysSeen, ['day', 'days'])}`;
  if (growthPerDay <= 0) return `The tables do not grow: ${formatBytes(-growthPerDay)} less a day ${over}.`;
  const growth = `The tables grow by ${formatBytes(growthPerDay)} a day ${over}.`;
  if (freeDisk === undefined) return `${growth} The free disk of the database server is not known here.`;
  const days = daysUntilFull(freeDisk + freeInside, growthPerDay);
  return `${growth} At this pace the disk is full in ${spanInWords(days!)}.`;
}

/** `about 9 months`, `about 12 days`, `more than ten years` */
export function spanInWords(days: number): string {
  if (days >= 3650) return 'more than ten years';
  if (days >= 730) return `about ${Math.floor(days / 365)} years`;
  if (days >= 60) return `about ${Math.floor(days / 30)} months`;
  return `about ${counted(Math.max(1, Math.floor(days)), ['day', 'days'])}`;
}

function factsOf(report: SpaceReport, freeDisk: number | undefined): { label: string; cell: Cell }[] {
  const bytes = (label: string, value: number | undefined): { label: string; cell: Cell }[] =>
    value === undefined ? [] : [{ label, cell: { kind: 'bytes', bytes: value } }];
  return [
    ...bytes('CMDB', report.totalBytes),
    ...bytes('Free inside its file', report.freeInside),
    ...bytes('Event queue', report.queueBytes),
    ...bytes('Free on the disk', freeDisk),
    { label: 'Measured on', cell: report.sampledAt?.slice(0, 10) ?? null },
  ];
}

function tableOf(rows: readonly SpaceRow[]) {
  return {
    caption: 'Space by table',
    columns: [
      { label: 'Holds' },
      { label: 'Table' },
      { label: 'Rows', numeric: true },
      { label: 'Size', numeric: true },
      { label: 'Rows a day', numeric: true },
      { label: 'Size a day', numeric: true },
    ],
    rows: rows.map((row): Cell[] => [
      row.classGuid === null
        ? row.label
        : { kind: 'link', text: row.label, href: at(`/data-classes/${row.classGuid}`) },
      { kind: 'code', text: row.table },
      row.rows,
      { kind: 'bytes', bytes: row.bytes },
      { kind: 'text', text: change(row.rowGrowth, (value) => formatNumber(Math.round(value))), numeric: true },
      { kind: 'text', text: change(row.byteGrowth, formatBytes), numeric: true },
    ]),
  };
}

/** `+1,200`, `−3 KB`, `±0`; a dash when too little is known. */
function change(value: number | undefined, format: (value: number) => string): string {
  if (value === undefined) return '–';
  if (Math.abs(value) < 0.5) return '±0';
  return `${value > 0 ? '+' : '−'}${format(Math.round(Math.abs(value)))}`;
}

function growthChart({ days }: SpaceReport): Chart {
  return {
    title: 'Size of all tables',
    unit: `MB, last ${GROWTH_DAYS} days`,
    kind: 'bars',
    series: [{ label: 'Size', tone: 'busy' }],
    x: days.map((_, index) => index),
    xLabels: days.map(({ at: day }) => day.slice(5, 10)),
    y: [days.map(({ bytes }) => Math.round((10 * bytes) / MB) / 10)],
    none: 'Nothing was measured yet',
  };
}

/**
 * Every change of sites and subnets shows first what it would do, and is made when somebody has seen that. What was seen
 * comes back with the answer: when things have moved on meanwhile, they are shown again and nothing is written.
 */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  isWithoutEffect,
  previewChange,
  type ChangePreview,
  type SiteChange,
} from '../../../models/sites/previewChange.ts';
import { previewDeps } from '../../sitePreview.ts';
import type { Cell } from '../cells.ts';
import { isConfirmed } from '../confirm.ts';
import type { FormValues } from '../form.ts';
import { counted, formatBytes } from '../format.ts';
import { at } from '../paths.ts';
import { render, type Crumb } from '../render.ts';

/** A text that would be too long when it is sent letter by letter in percent signs. */
const LARGE = 100_000;

export interface Proposal {
  /** Names object and number: `Delete 3 subnets?` */
  title: string;
  /** What it does beside moving computers. */
  text?: string;
  change: SiteChange;
  /** Console address that the answer is posted to; it gets `confirmed=1`, what was seen, and `hidden`. */
  action: string;
  hidden: readonly (readonly [string, string])[];
  submit: string;
  danger?: boolean;
  cancel: string;
  breadcrumb: readonly Crumb[];
  /** Asked also when nobody would notice: for what cannot be undone. */
  always?: boolean;
  /** Tables to show before what it does to computers. */
  tables?: readonly { title: string; table: PreviewTable }[];
}

export interface PreviewTable {
  caption: string;
  columns: readonly { label: string; numeric?: boolean }[];
  rows: readonly Cell[][];
  empty?: string;
}

/** True: asked, and nothing more is to be done now. */
export async function previewFirst(
  context: AppContext,
  request: Request,
  response: Response,
  proposal: Proposal,
): Promise<boolean> {
  const preview = await previewChange(context.cmdb, previewDeps(context), proposal.change);
  const shownNow = fingerprint(preview, proposal);
  const { seen, preview: wanted } = (request.body ?? {}) as Record<string, unknown>;
  const isAnswered = isConfirmed(request);
  if (isAnswered && seen === shownNow) return false;
  const isQuiet = isWithoutEffect(preview) && proposal.always !== true && wanted !== '1';
  if (!isAnswered && isQuiet) return false;
  const { title, breadcrumb } = proposal;
  await render(request, response, 'sites/preview', {
    title,
    breadcrumb,
    proposal,
    isStale: isAnswered && seen !== undefined,
    seen: shownNow,
    isLarge: proposal.hidden.some(([, value]) => value.length > LARGE),
    ...shown(preview),
  });
  return true;
}

/** Also of what is written and moves no computer: a subnet that somebody has given to another site meanwhile. */
const fingerprint = ({ seen }: ChangePreview, { title, text, tables }: Proposal): string =>
  createHash('sha256')
    .update(JSON.stringify([seen, title, text, tables]))
    .digest('base64url')
    .slice(0, 16);

/** What a form sent, to be carried through the question. */
export const carried = (values: FormValues): [string, string][] =>
  Object.entries(values).flatMap(([name, value]) => [value].flat().map((text): [string, string] => [name, text]));

function shown(preview: ChangePreview) {
  const { computers, moves, first, loads, bytes, losses } = preview;
  const servers = loads.filter(({ guid }) => guid !== null);
  return {
    summary: [
      computers === 0
        ? 'No computer changes its site.'
        : `${counted(computers, ['computer changes', 'computers change'])} site.`,
      servers.length === 0
        ? 'No package server gains or loses anything.'
        : `${counted(servers.length, ['package server gains or loses', 'package servers gain or lose'])} computers or packages.`,
      bytes === 0 ? 'Nothing has to be copied.' : `${formatBytes(bytes)} have to be copied to package servers.`,
    ].join(' '),
    losses,
    moves: moves.length === 0 ? undefined : moveTable(moves),
    first: first.length === 0 ? undefined : firstTable(first),
    firstLabel:
      first.length < computers ? `The first ${first.length} of them` : counted(computers, ['computer', 'computers']),
    loads: loads.length === 0 ? undefined : loadTable(loads),
    fetches: fetchTables(loads),
  };
}

const placeText = (site: string | null): string => site ?? 'No site';

const moveTable = (moves: ChangePreview['moves']): PreviewTable => ({
  caption: 'Computers that change their site',
  columns: [{ label: 'From' }, { label: 'To' }, { label: 'Computers', numeric: true }],
  rows: moves.map(({ from, to, computers }) => [placeText(from), placeText(to), computers]),
});

const firstTable = (first: ChangePreview['first']): PreviewTable => ({
  caption: 'Computers by name',
  columns: [{ label: 'Computer' }, { label: 'Address' }, { label: 'From' }, { label: 'To' }],
  rows: first.map(({ guid, name, address, from, to }) => [
    { kind: 'link', text: name, href: at(`/computers/${guid}`) },
    { kind: 'code', text: address },
    placeText(from),
    placeText(to),
  ]),
});

const loadTable = (loads: ChangePreview['loads']): PreviewTable => ({
  caption: 'Who gains and who loses',
  columns: [
    { label: 'Server' },
    { label: 'Computers now', numeric: true },
    { label: 'Afterwards', numeric: true },
    { label: 'Serves now' },
    { label: 'Afterwards' },
    { label: 'Packages to fetch', numeric: true },
    { label: 'Size', numeric: true },
    { label: 'Not needed any more', numeric: true },
  ],
  rows: loads.map((load) => [
    load.guid === null ? load.name : { kind: 'link', text: load.name, href: at(`/package-servers/${load.guid}`) },
    load.before,
    load.after,
    load.sitesBefore.join(', ') || null,
    load.sitesAfter.join(', ') || null,
    { kind: 'number', value: load.guid === null ? null : load.fetches.length },
    { kind: 'bytes', bytes: load.guid === null ? null : load.bytes },
    { kind: 'number', value: load.guid === null ? null : load.drops },
  ]),
});

const MOST_PACKAGES = 100;

/** What each server would have to fetch, the largest packages first. */
const fetchTables = (loads: ChangePreview['loads']): { label: string; table: PreviewTable }[] =>
  loads
    .filter(({ fetches }) => fetches.length > 0)
    .map(({ name, fetches, bytes }) => ({
      label: `${name} would fetch ${counted(fetches.length, ['package', 'packages'])}, ${formatBytes(bytes)}`,
      table: {
        caption: `Packages that ${name} would fetch`,
        columns: [{ label: 'Package' }, { label: 'Size', numeric: true }],
        rows: [...fetches]
          .sort((a, b) => b.bytes - a.bytes)
          .slice(0, MOST_PACKAGES)
          .map((item): Cell[] => [
            { kind: 'link', text: item.name, href: at(`/packages/${item.guid}`) },
            { kind: 'bytes', bytes: item.bytes },
          ]),
      },
    }));

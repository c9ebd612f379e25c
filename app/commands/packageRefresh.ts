/** `ns package refresh`: looks at a package's source now, here or on a server, and shows how far it is. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Session } from '../../models/cmdb/types.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { callApi, type ApiServer } from './apiClient.ts';
import { openForCommand, type CommandIo } from './command.ts';
import { refreshIn } from './packageHere.ts';
import { stopSignal } from './stopSignal.ts';

export interface Refreshed {
  guid: string;
  version: number | null;
  /** Whether a new snapshot was published. */
  changed: boolean;
}

/** On the CMDB and the store of this machine. Answers `undefined` when it could not be done; why, was said. */
export async function refreshPackageHere(io: CommandIo, which: string): Promise<Refreshed | undefined> {
  const opened = await openForCommand(io);
  const stop = stopSignal();
  try {
    const guid = await findPackage(opened.cmdb, which);
    if (guid === undefined) return said(io, `There is no package "${which}".`);
    const outcome = await refreshIn(opened, io, guid, stop.signal);
    switch (outcome.result) {
      case 'published':
      case 'unchanged':
        return { guid, version: outcome.version, changed: outcome.result === 'published' };
      case 'problem':
        return said(io, outcome.reason);
      case 'cancelled':
        return said(io, 'The refresh was stopped; what was published before stays.');
      case 'busy':
        return said(io, 'The package is disabled, or somebody else is refreshing it.');
    }
  } finally {
    stop.release();
    await opened.close();
  }
}

function said(io: CommandIo, line: string): undefined {
  io.err(line);
  return undefined;
}

/** By GUID, or by its whole name. */
async function findPackage({ db }: Session, which: string): Promise<Guid | undefined> {
  const guid = parseGuid(which);
  const items = db.selectFrom('Item').select('Guid').where('ClassGuid', '=', ITEM_CLASS.package);
  const found = guid === undefined ? items.where('Name', '=', which) : items.where('Guid', '=', guid);
  return (await found.executeTakeFirst())?.Guid;
}

interface PackageView {
  guid: string;
  name: string;
  state: string;
  stateDetail: string;
  currentVersion: number | null;
  lastRefreshAt: string | null;
}

const LOOK_MS = 1000;
const FINE = ['valid', 'new'];

/** Through the API of a server, which does the work. */
export async function refreshPackageByApi(
  io: CommandIo,
  server: ApiServer,
  which: string,
): Promise<Refreshed | undefined> {
  const listed = await callApi(server, 'GET', `/packages?limit=500&search=${encodeURIComponent(which)}`);
  if (listed.status !== 200) return refused(io, listed.body);
  const guid = parseGuid(which);
  const { items } = listed.body as { items: PackageView[] };
  const before = items.find((item) => item.guid === guid || item.name.toLowerCase() === which.toLowerCase());
  if (before === undefined) return said(io, `There is no package "${which}".`);
  const asked = await callApi(server, 'POST', `/packages/${before.guid}/refresh`);
  if (asked.status !== 202) return refused(io, asked.body);
  const after = await refreshed(io, server, before, asked.body as PackageView);
  if (after === undefined) return undefined;
  if (!FINE.includes(after.state)) return said(io, after.stateDetail);
  const { currentVersion: version } = after;
  return { guid: after.guid, version, changed: version !== before.currentVersion };
}

/** Follows it until it is over: it was seen under way and is no more, or there was a look since. */
async function refreshed(
  io: CommandIo,
  server: ApiServer,
  before: PackageView,
  asked: PackageView,
): Promise<PackageView | undefined> {
  let wasSeen = false;
  for (let view = asked; ;) {
    const isUnderWay = view.state === 'refreshing';
    if (!isUnderWay && (wasSeen || view.lastRefreshAt !== before.lastRefreshAt)) return view;
    wasSeen ||= isUnderWay;
    io.progress(isUnderWay ? view.stateDetail : 'Waiting for the server.');
    await wait(LOOK_MS);
    const answer = await callApi(server, 'GET', `/packages/${before.guid}`);
    if (answer.status !== 200) return refused(io, answer.body);
    view = answer.body as PackageView;
  }
}

function refused(io: CommandIo, problem: unknown): undefined {
  return said(io, (problem as { detail?: string } | undefined)?.detail ?? 'The server gave no reason.');
}

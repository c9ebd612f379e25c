/** `ns package add` on the CMDB and the store of this machine; a server may be running beside it. */
import { MINUTE } from '../../models/packages/durations.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { progressText, refreshPackage, type RefreshOutcome } from '../../models/packages/refreshPackage.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { loadMasterKey, loadSecrets } from '../../models/secrets/secrets.ts';
import type { Guid } from '../../wire/guid.ts';
import { openForCommand, type CommandCmdb, type CommandIo } from './command.ts';
import type { AddedPackage } from './package.ts';
import { stopSignal } from './stopSignal.ts';

const actor = { name: 'ns package', address: '' };
/** A server that runs beside leaves the package to this command, and takes it over when the command dies. */
const SERVER_WAITS = 5 * MINUTE;

/** Answers `undefined` when no snapshot came of it; why, was said. @throws InvalidInput; nothing was made */
export async function addPackageHere(io: CommandIo, input: Record<string, unknown>): Promise<AddedPackage | undefined> {
  const opened = await openForCommand(io);
  const stop = stopSignal();
  try {
    const { cmdb, clock, settings } = opened;
    const firstRefreshAt = clock.now() + SERVER_WAITS;
    const guid = await createPackage(cmdb, clock, actor, input, sourceLimits(settings), { firstRefreshAt });
    return told(io, guid, await refreshIn(opened, io, guid, stop.signal));
  } finally {
    stop.release();
    await opened.close();
  }
}

/** Refreshes a package with the settings of this machine, and shows how far it is. */
export async function refreshIn(
  { cmdb, clock, settings }: CommandCmdb,
  io: CommandIo,
  guid: Guid,
  signal: AbortSignal,
): Promise<RefreshOutcome> {
  const key = await loadSecrets(cmdb, loadMasterKey(settings.masterKey, settings.dataDir), clock);
  const deps = {
    cmdb,
    clock,
    store: new ObjectStore(storeFolder(settings.dataDir)),
    key,
    limits: sourceLimits(settings),
    refreshHours: settings.packageRefreshHours,
    minFreeDiskMb: settings.minFreeDiskMb,
    onUnexpected: (error: unknown) => io.err(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  };
  return refreshPackage(deps, guid, { actor, signal, onProgress: (progress) => io.progress(progressText(progress)) });
}

function told(io: CommandIo, guid: Guid, outcome: RefreshOutcome): AddedPackage | undefined {
  switch (outcome.result) {
    case 'published':
    case 'unchanged':
      return { guid, version: outcome.version };
    case 'problem':
      io.err(`The package {${guid}} was made, but has no snapshot: ${outcome.reason}`);
      return undefined;
    case 'cancelled':
      io.err(`The package {${guid}} was made; building its snapshot was stopped. A server will build it.`);
      return undefined;
    case 'busy':
      io.err(`The package {${guid}} was made; somebody else is building its snapshot.`);
      return undefined;
  }
}

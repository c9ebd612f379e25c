/** Refreshes a package over and over, on order, in a process with nothing of a server but its CMDB and its store. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../models/clock.ts';
import { migrate } from '../models/cmdb/migrate.ts';
import { openCmdb } from '../models/cmdb/open.ts';
import { createPackage } from '../models/packages/createPackage.ts';
import { refreshPackage } from '../models/packages/refreshPackage.ts';
import { ObjectStore, storeFolder } from '../models/packages/snapshot/objectStore.ts';

export interface RefreshDone {
  result: string;
  seconds: number;
  processorSeconds: number;
  /** Files that were read, and bytes that the process read of anything, where the system tells. */
  filesRead: number;
  bytesRead: number;
}

const [source, dataDir] = process.argv.slice(2) as [string, string];
const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
await migrate(cmdb);
const limits = { dataDir, roots: [] } as unknown as Parameters<typeof createPackage>[4];
const input = { name: 'Bench', sourcePath: source };
const guid = await createPackage(cmdb, systemClock, { name: 'bench', address: '' }, input, limits);
const deps = {
  cmdb,
  clock: systemClock,
  store: new ObjectStore(storeFolder(dataDir)),
  key: { signingKey: generateKeyPairSync('ed25519').privateKey, signingKeyName: 'bench' },
  limits,
  refreshHours: 0,
  minFreeDiskMb: 0,
  onUnexpected: (error: unknown) => {
    throw error;
  },
};

const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1] ?? NaN);

async function refresh(): Promise<RefreshDone> {
  let filesRead = 0;
  const readBefore = bytesRead();
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  const { result } = await refreshPackage(deps, guid, {
    onProgress: ({ totalFiles }) => (filesRead = Math.max(filesRead, totalFiles)),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(usedBefore);
  const processorSeconds = (user + system) / 1e6;
  return { result, seconds, processorSeconds, filesRead, bytesRead: bytesRead() - readBefore };
}

process.on('message', () => void refresh().then((done) => process.send!(done)));
process.send!('ready');

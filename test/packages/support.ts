/** What the tests of packages share: folders full of files, a store, and the parts a refresh needs. */
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Guid } from '../../wire/guid.ts';
import type { Actor } from '../../models/audit/audit.ts';
import type { Clock } from '../../models/clock.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import type { RefreshDeps } from '../../models/packages/refreshPackage.ts';
import type { SourceLimits } from '../../models/packages/sources/source.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';

export const JANE: Actor = { name: 'jane', address: '10.9.9.9' };
export const START = Date.parse('2030-01-07T12:00:00.000Z');
export const keys = generateKeyPairSync('ed25519');

/** A clock that stands until it is moved. */
export class TestClock implements Clock {
  time = START;
  now(): number {
    return this.time;
  }
  pass(milliseconds: number): void {
    this.time += milliseconds;
  }
}

/** Long ago: what is younger than its scan is read again next time. */
const OLD = new Date('2029-12-20T08:00:00.000Z').getTime() / 1000 - 315_360_000;

/** A folder of the test's own, removed by `remove`. */
export class TestFolder {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'ns-package-')));

  write(name: string, content: string | Buffer = name, mode = 0o644): string {
    const file = join(this.path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    utimesSync(file, OLD, OLD);
    return file;
  }

  folder(name: string): string {
    const folder = join(this.path, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A folder with `count` files of different sizes in folders three deep. */
export function manyFiles(count: number): TestFolder {
  const folder = new TestFolder();
  for (let number = 0; number < count; number++) {
    folder.write(
      `d${number % 7}/e${number % 3}/file ${number}.bin`,
      Buffer.alloc((number * 37) % 5000, String(number)),
    );
  }
  return folder;
}

/** Sources as a fresh server has them, but that servers of the test may be called. */
export const limitsOf = (dataDir: string, more: Partial<SourceLimits> = {}): SourceLimits => ({
  dataDir,
  roots: [],
  mounts: [],
  url: { ranges: ['127.0.0.0/8', '::1/128'], maxBytes: 2 ** 30, own: [], windowMs: 30_000, leastBytes: 1024 },
  ...more,
});

export function refreshDeps(cmdb: Cmdb, clock: Clock, dataDir: string): RefreshDeps {
  return {
    cmdb,
    clock,
    store: new ObjectStore(storeFolder(dataDir)),
    key: { signingKey: keys.privateKey, signingKeyName: 'test' },
    limits: limitsOf(dataDir),
    refreshHours: 24,
    minFreeDiskMb: 0,
    onUnexpected: (error) => {
      throw error;
    },
  };
}

export function addPackage(
  { cmdb, clock, limits }: Pick<RefreshDeps, 'cmdb' | 'clock' | 'limits'>,
  sourcePath: string,
  fields: Record<string, unknown> = {},
): Promise<Guid> {
  return createPackage(cmdb, clock, JANE, { name: 'Example Viewer', sourcePath, ...fields }, limits);
}

/** What a promise was rejected with, or `undefined`. */
export const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const NOBODY = 65534;

/** Does something without the rights of root, who may read everything; the folders' owner becomes that nobody. */
export async function asNobody<T>(folders: readonly TestFolder[], work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  for (const { path } of folders) {
    for (const name of ['', ...(readdirSync(path, { recursive: true }) as string[])]) {
      lchownSync(join(path, name), NOBODY, NOBODY);
    }
  }
  process.seteuid!(NOBODY);
  try {
    return await work();
  } finally {
    process.seteuid!(0);
  }
}

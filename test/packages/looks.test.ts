/** What a second look reads: nothing that is as it was, nothing that a killed build had stored, nothing twice. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../models/clock.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import type { Guid } from '../../wire/guid.ts';
import { isHash } from '../../models/packages/snapshot/objectStore.ts';
import { addPackage, asNobody, refreshDeps, TestFolder } from './support.ts';

const builder = fileURLToPath(new URL('./builder.ts', import.meta.url));
/** A thread may be killed between storing a file and noting it. */
const MOST_THREADS = 8;

describe('a second look at a source', function () {
  this.timeout(300_000);
  let data: TestFolder;
  let source: TestFolder;
  let cmdb: AnyCmdb;
  let deps: RefreshDeps;
  let address: string;
  beforeEach(async () => {
    data = new TestFolder();
    source = new TestFolder();
    address = `sqlite:${join(data.path, 'cmdb.sqlite')}`;
    mkdirSync(join(data.path, 'packages'));
    cmdb = await openCmdb(address);
    await migrate(cmdb);
    // Nobody has to wait for the lease of a builder that was killed: for this clock it has run out.
    deps = refreshDeps(cmdb, { now: () => systemClock.now() + 600_000 }, data.path);
  });
  afterEach(async () => {
    await cmdb.close();
    data.remove();
    source.remove();
  });

  const look = async (guid: Guid): Promise<{ result: string; read: number; bytes: number }> => {
    let [read, bytes] = [0, 0];
    const { result } = await refreshPackage(deps, guid, {
      onProgress: ({ totalFiles, totalBytes }) => ([read, bytes] = [totalFiles, totalBytes]),
    });
    return { result, read, bytes };
  };
  const stored = (): string[] =>
    (readdirSync(join(deps.store.folder, 'objects'), { recursive: true }) as string[]).filter((path) =>
      isHash(path.split(/[/\\]/).at(-1)!),
    );

  it('opens no file that is as it was', async function () {
    if (process.platform === 'win32') this.skip();
    for (let number = 0; number < 50; number++) source.write(`part/${number}`, `content ${number}`);
    const guid = await addPackage(deps, source.path);
    expect(await look(guid)).to.include({ result: 'published', read: 50 });
    // Whoever opened one of them would be refused.
    for (let number = 0; number < 50; number++) chmodSync(join(source.path, `part/${number}`), 0);
    const found = await asNobody([data, source], () => look(guid));
    expect(found).to.deep.equal({ result: 'unchanged', read: 0, bytes: 0 });
    source.write('part/new', 'new');
    expect(await look(guid)).to.deep.equal({ result: 'published', read: 1, bytes: 3 });
  });

  it('reads files whose times were changed, small and large, and stores nothing again', async () => {
    const [small, large] = [source.write('small', 'small'), source.write('large', Buffer.alloc(3 * 1024 * 1024, 'x'))];
    const guid = await addPackage(deps, source.path);
    await look(guid);
    const inodes = () => stored().map((path) => statSync(join(deps.store.folder, 'objects', path)).ino);
    const before = inodes();
    for (const file of [small, large]) utimesSync(file, 1_500_000_000, 1_500_000_000);
    expect(await look(guid)).to.include({ result: 'unchanged', read: 2 });
    expect(inodes()).to.deep.equal(before);

    source.write('large', Buffer.alloc(3 * 1024 * 1024, 'y'));
    utimesSync(large, 1_500_000_001, 1_500_000_001);
    expect(await look(guid)).to.include({ result: 'published', read: 1 });
    expect(stored()).to.have.length(3);
  });

  it('reads nothing again that a killed build had stored', async () => {
    const count = 3000;
    for (let number = 0; number < count; number++) source.write(`part ${number % 9}/${number}`, `content ${number}`);
    const guid = await addPackage(deps, source.path);
    const child = spawn(process.execPath, [builder, address, data.path, guid], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = once(child, 'exit');
    while (stored().length < 100 && child.exitCode === null) await wait(5);
    child.kill('SIGKILL');
    await ended;
    const done = stored().length;
    expect(done).to.be.at.least(100);

    const found = await look(guid);
    expect(found.result).to.be.oneOf(['published', 'unchanged']);
    expect(found.read).to.be.at.most(count - done + MOST_THREADS);
    expect(stored()).to.have.length(count);
    expect(await look(guid)).to.deep.equal({ result: 'unchanged', read: 0, bytes: 0 });
  });
});

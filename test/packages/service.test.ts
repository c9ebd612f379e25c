import { expect } from 'chai';
import { setTimeout as wait } from 'node:timers/promises';
import type { Guid } from '../../wire/guid.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { getPackage, type PackageDetail } from '../../models/packages/getPackage.ts';
import { requestRefresh } from '../../models/packages/requestRefresh.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE, TestFolder } from './support.ts';

describe('the package refresh service', () => {
  let server: TestServer;
  let source: TestFolder;
  before(async () => {
    server = await startTestServer();
    source = new TestFolder();
  });
  after(async () => {
    await server.stop();
    source.remove();
  });

  const until = async (guid: Guid, isReached: (found: PackageDetail) => boolean): Promise<PackageDetail> => {
    for (;;) {
      const found = (await getPackage(server.context.cmdb, guid))!;
      if (isReached(found)) return found;
      await wait(50);
    }
  };
  const create = (name: string): Promise<Guid> => {
    const { cmdb, clock, settings } = server.context;
    return createPackage(cmdb, clock, JANE, { name, sourcePath: source.path }, sourceLimits(settings));
  };

  it('builds new packages without being asked, and knows them at once', async () => {
    source.write('a', 'one');
    const guid = await create('First');
    const found = await until(guid, (package_) => package_.State === 'valid');
    expect(found.snapshot).to.include({ FileCount: 1, TotalSize: 3 });
    expect(Date.parse(found.NextRefreshAt!) - Date.parse(found.LastRefreshAt!)).to.equal(24 * 3_600_000);
    for (let tries = 0; server.context.packages.get(guid)?.version === undefined && tries < 200; tries++)
      await wait(20);
    expect(server.context.packages.get(guid)!.version).to.equal(found.CurrentVersion);
  });

  it('looks again when it is asked, and tells what is wrong', async () => {
    const { cmdb, clock } = server.context;
    const guid = await create('Second');
    const first = await until(guid, (package_) => package_.State === 'valid');
    source.write('a', 'changed');
    await requestRefresh(cmdb, clock, JANE, [guid]);
    const second = await until(guid, (package_) => package_.CurrentVersion !== first.CurrentVersion);
    expect(second.CurrentVersion).to.be.greaterThan(first.CurrentVersion!);
    source.remove();
    await requestRefresh(cmdb, clock, JANE, [guid]);
    const third = await until(guid, (package_) => package_.State === 'source_missing');
    expect(third).to.include({
      CurrentVersion: second.CurrentVersion,
      FailureCount: 1,
      StateDetail: `${source.path} was not found.`,
    });
  });

  it('stops in the middle of a build, and begins it again at the next start', async () => {
    source = new TestFolder();
    source.write('large', Buffer.alloc(300_000_000, 1));
    const guid = await create('Third');
    await until(guid, (package_) => package_.State === 'refreshing');
    const { dataDir } = server;
    await server.server.stop();
    server = await startTestServer({ dataDir });
    const found = await until(guid, (package_) => package_.State === 'valid');
    expect(found.snapshot).to.include({ TotalSize: 300_000_000 });
    const { rmSync } = await import('node:fs');
    const stop = server.stop;
    server = { ...server, stop: async () => (await stop(), rmSync(dataDir, { recursive: true, force: true })) };
  });
});

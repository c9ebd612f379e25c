/** Versions of a package in the console: why each is kept, and what differs between two. */
import { expect } from 'chai';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startPackageServer, type PackageServer } from '../packages/server.ts';
import { signedIn, type ConsoleClient } from './client.ts';

const ODD = "b & 'c'.txt";

describe('the versions of a package in the console', () => {
  let running: PackageServer;
  let client: ConsoleClient;
  before(async () => {
    running = await startPackageServer();
    client = await signedIn(running.server.http);
  });
  after(() => running.stop());

  const textOf = async (path: string): Promise<string> => {
    const { status, text } = await client.get(path);
    expect(status).to.equal(200);
    return text.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
  };

  it('say why each is there, and compare two, as a page and as CSV', async () => {
    running.source.write('changed.txt', 'one');
    running.source.write('gone.txt', 'gone');
    const { guid, version: old } = await running.publish('Viewer');
    expect(await textOf(`/packages/${guid}/diff`)).to.contain('Nothing to compare');

    running.source.write('changed.txt', 'three');
    rmSync(join(running.source.path, 'gone.txt'));
    running.source.write(ODD, 'new');
    const current = await running.republish(guid);
    const files = await textOf(`/packages/${guid}/files`);
    expect(files).to.contain('It is the current one.').and.to.contain('Whoever has begun to fetch it can end. Until ');
    expect((await client.get(`/packages/${guid}/files`)).text).to.contain(
      `/packages/${guid}/diff?from=${old}&amp;to=${current}`,
    );

    const page = await textOf(`/packages/${guid}/diff`);
    expect(page).to.contain('Added 1 file').and.to.contain('Changed 1 file').and.to.contain('8 bytes');
    const rows = async (query: string) =>
      (await client.get(`/packages/${guid}/diff?format=csv${query}`)).text.trim().split('\r\n').length - 1;
    expect(await rows('')).to.equal(3);
    expect(await rows('&kind=added')).to.equal(1);
    expect(await rows(`&from=${old}&to=${old}`)).to.equal(0);
    expect(await textOf(`/packages/${guid}/diff?from=${current}&to=${old}`)).to.contain('Removed 1 file');
  });
});

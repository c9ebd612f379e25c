/** Several sources of one package: who fails, forges or crawls is left, and what has come stays. */
import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BLOCK_BYTES, soundPrefix } from '../../client/packages/partFile.ts';
import { newGuid } from '../../wire/guid.ts';
import { answerFile, FakeServer, sha256, type FakePackage } from '../agent/support/fakeServer.ts';
import { Holdings } from './holdings.ts';

const MB = 1024 * 1024;

describe('sources of a package server', function () {
  this.timeout(60_000);
  let folder: string;
  let holdings: Holdings;
  let other: FakeServer;
  let software: FakePackage;
  const content = randomBytes(5 * MB + 4321);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ns-sources-'));
    holdings = await Holdings.start(folder, { slowMs: 200 });
    other = await FakeServer.start();
    software = { guid: newGuid(), name: 'Viewer', version: 1, files: { 'big.bin': content } };
    holdings.fake.packages = other.packages = [software];
    holdings.fake.otherOrigins = [other.url.origin];
  });
  afterEach(async () => {
    await holdings.stop();
    await other.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const isReady = (): boolean => holdings.stateOf(software)?.state === 'ready';
  const ready = (): Promise<void> => holdings.until(isReady, holdings.policy([software]));
  const held = (): Buffer => readFileSync(holdings.store.objectPath(sha256(content)));

  it('go on at another one where the first broke off', async () => {
    holdings.fake.fileAnswer = (request, response, body) => {
      response.writeHead(200, { ETag: `"${sha256(body)}"`, 'Content-Length': body.length });
      response.write(body.subarray(0, 3 * MB), () => setTimeout(() => request.socket.destroy(), 20));
    };
    let range: string | undefined;
    other.fileAnswer = (request, response, body) => {
      range = request.headers.range;
      answerFile(request, response, body);
    };
    await ready();
    expect(Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1])).to.be.within(1, 3 * MB);
    expect(held().equals(content)).to.equal(true);
  });

  it('are left when they hardly send anything, while there is another', async () => {
    holdings.fake.fileAnswer = (_request, response, body) => {
      response.writeHead(200, { ETag: `"${sha256(body)}"`, 'Content-Length': body.length });
      response.write(body.subarray(0, 1000));
    };
    await ready();
    expect(held().equals(content)).to.equal(true);
    expect(holdings.lines.join('\n')).to.contain('it is too slow');
  });

  it('are asked for a file twice at most when they send other bytes, and nothing of it is kept', async () => {
    let forged = 0;
    const forge: FakeServer['fileAnswer'] = (_request, response, body) => {
      forged++;
      const wrong = Buffer.from(body);
      wrong[MB]! ^= 1;
      response.writeHead(200, { ETag: `"${sha256(body)}"`, 'Content-Length': wrong.length }).end(wrong);
    };
    holdings.fake.fileAnswer = forge;
    holdings.fake.otherOrigins = [];
    const isGivenUp = (): boolean => holdings.stateOf(software)?.detail.startsWith('all sources have failed') === true;
    await holdings.until(isGivenUp, holdings.policy([software]));
    expect(forged).to.equal(2);
    expect(holdings.store.partSize(sha256(content))).to.equal(0);
    // Another one that has the right bytes is taken at once.
    holdings.fake.otherOrigins = [other.url.origin];
    await holdings.until(isReady);
    expect(forged).to.equal(2);
    expect(held().equals(content)).to.equal(true);
  });

  it('are not asked for the rest of a version that is wanted no more, nor again for files that the next one has', async () => {
    const common = randomBytes(MB);
    software.files = { 'a.bin': common, 'b.bin': content };
    holdings.fake.otherOrigins = [];
    const asked: string[] = [];
    let isStuck = (): void => undefined;
    const stuck = new Promise<void>((resolve) => (isStuck = resolve));
    holdings.fake.fileAnswer = (request, response, body, path) => {
      asked.push(path);
      if (path === 'a.bin') return answerFile(request, response, body);
      response.writeHead(200, { ETag: `"${sha256(body)}"`, 'Content-Length': body.length });
      response.write(body.subarray(0, 1000), isStuck);
    };
    const hasCommon = (): boolean => holdings.store.has(sha256(common), common.length);
    void ready();
    await stuck;
    while (!hasCommon()) await new Promise((resolve) => setTimeout(resolve, 10));
    const next = { ...software, version: 2, files: { 'a.bin': common, 'c.bin': 'new' } };
    holdings.fake.packages = [next];
    holdings.fake.fileAnswer = (request, response, body, path) => {
      asked.push(path);
      answerFile(request, response, body);
    };
    await holdings.until(() => holdings.stateOf(next)?.version === 2, holdings.policy([next]));
    expect(asked).to.have.members(['a.bin', 'b.bin', 'c.bin']);
    expect(holdings.store.versions(software.guid).map(({ version }) => version)).to.deep.equal([2]);
  });
});

describe('a part of a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ns-part-'));
  const part = join(folder, 'part');
  const content = randomBytes(3 * BLOCK_BYTES + 1000);
  const never = new AbortController().signal;
  after(() => rmSync(folder, { recursive: true }));

  const note = (blocks: number): void => {
    const digests = Array.from({ length: blocks }, (_, index) =>
      sha256(content.subarray(0, (index + 1) * BLOCK_BYTES)),
    );
    writeFileSync(`${part}.etag`, ['"tag"', ...digests, ''].join('\n'));
  };

  it('is gone on with behind its last sound block when a power failure has left nonsense in it', async () => {
    const damaged = Buffer.from(content);
    damaged.fill(0, BLOCK_BYTES + 5000);
    writeFileSync(part, damaged);
    note(3);
    const prefix = (await soundPrefix(part, content.length, never))!;
    expect(prefix).to.include({ etag: '"tag"', bytes: BLOCK_BYTES });
    const sound = createHash('sha256').update(content.subarray(0, BLOCK_BYTES)).digest('hex');
    expect(prefix.hash.digest('hex')).to.equal(sound);
    expect(readFileSync(part)).to.have.lengthOf(BLOCK_BYTES);
    expect(readFileSync(`${part}.etag`, 'utf8')).to.equal(`"tag"\n${sound}\n`);
  });

  it('is believed for no more than a block without a digest, and not at all without an ETag', async () => {
    writeFileSync(part, content);
    note(1);
    expect((await soundPrefix(part, content.length, never))!.bytes).to.equal(2 * BLOCK_BYTES);
    rmSync(`${part}.etag`);
    expect(await soundPrefix(part, content.length, never)).to.equal(undefined);
    writeFileSync(part, Buffer.alloc(content.length));
    truncateSync(part, BLOCK_BYTES);
    note(1);
    expect(await soundPrefix(part, content.length, never), 'its first block is wrong').to.equal(undefined);
  });
});

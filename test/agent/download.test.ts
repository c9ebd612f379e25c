import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { optionsFor, readEvents, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { answerFile, cutOff, deliveryPolicy, FakeServer, sha256, type FakePackage } from './support/fakeServer.ts';

const SIZE = 300_000;
const content = Buffer.from(Array.from({ length: SIZE }, (_, index) => (index * 7 + (index >> 8)) & 0xff));

describe('downloads from a server that misbehaves', () => {
  let fake: FakeServer;
  let state: string;
  let software: FakePackage;

  beforeEach(async () => {
    fake = await FakeServer.start();
    state = temporaryFolder();
    software = { guid: newGuid(), name: 'Big', version: 7, files: { 'big.bin': content } };
    fake.packages = [software];
    const never = { advertisement: { RunASAP: 'false' } };
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'true', ...never })];
  });
  afterEach(async () => {
    await fake.stop();
    removeTemporaryFolders();
  });

  const file = (): string => join(state, 'packages', software.guid, '7', 'big.bin');
  const part = (): string => join(state, 'packages', software.guid, 'parts', sha256(content));
  const failures = (): string[] =>
    readEvents(fake.events)
      .filter((event) => event.rows[0]![3] === 'Download failed')
      .map((event) => event.rows[0]![6]!);

  it('goes on where it was cut off', async () => {
    fake.fileAnswer = cutOff;
    const first = await round(optionsFor(fake.url, state));
    expect(first.code).to.equal(1);
    expect(existsSync(file())).to.equal(false);
    expect(readFileSync(part()).equals(content.subarray(0, SIZE / 2))).to.equal(true);
    let range: string | undefined;
    fake.fileAnswer = (request, response, body) => {
      range = request.headers.range;
      answerFile(request, response, body);
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(range).to.equal(`bytes=${SIZE / 2}-`);
    expect(readFileSync(file()).equals(content)).to.equal(true);
    expect(existsSync(part())).to.equal(false);
    const [downloaded] = readEvents(fake.events).filter((event) => event.rows[0]![3] === 'Downloaded');
    expect(downloaded!.rows[0]![5]).to.equal(String(SIZE / 2));
  });

  it('begins anew when the file has another ETag than the part', async () => {
    fake.fileAnswer = cutOff;
    await round(optionsFor(fake.url, state));
    let asked: string | undefined;
    fake.fileAnswer = (request, response, body) => {
      asked = request.headers['if-range']?.toString();
      response.writeHead(200, { ETag: '"another"', 'Content-Length': body.length }).end(body);
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(asked).to.match(/^"[0-9a-f]+"$/);
    expect(readFileSync(file()).equals(content)).to.equal(true);
  });

  it('begins anew when the part has no strong ETag', async () => {
    fake.fileAnswer = (request, response, body) => {
      response.writeHead(200, { ETag: 'W/"weak"', 'Content-Length': body.length });
      response.write(body.subarray(0, 1000), () => setTimeout(() => request.socket.destroy(), 50));
    };
    await round(optionsFor(fake.url, state));
    let range: string | undefined = 'unset';
    fake.fileAnswer = (request, response, body) => {
      range = request.headers.range;
      answerFile(request, response, body);
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(range).to.equal(undefined);
    expect(readFileSync(file()).equals(content)).to.equal(true);
  });

  it('does not take a file of the right size with other content, nor keep it', async () => {
    fake.fileAnswer = (_request, response, body) => {
      const wrong = Buffer.from(body);
      wrong[1000]! ^= 1;
      response.writeHead(200, { ETag: '"x"', 'Content-Length': wrong.length }).end(wrong);
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(1);
    expect(existsSync(file())).to.equal(false);
    expect(readdirSync(join(state, 'packages', software.guid, 'parts'))).to.deep.equal([]);
    expect(failures()[0]).to.include('is not the file of the manifest');
    fake.fileAnswer = answerFile;
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(readFileSync(file()).equals(content)).to.equal(true);
  });

  it('stops reading an answer that is longer than the manifest says', async () => {
    let sent = 0;
    fake.fileAnswer = (request, response, body) => {
      response.writeHead(200, { ETag: '"x"' });
      const more = (): void => {
        while (!response.destroyed && sent < 200_000_000) {
          sent += body.length;
          if (!response.write(body)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(1);
    expect(sent).to.be.lessThan(200_000_000);
    expect(failures()[0]).to.include('is longer than the manifest says');
    expect(readdirSync(join(state, 'packages', software.guid, 'parts'))).to.deep.equal([]);
  });

  it('does not take an answer to another range than the one it asked for', async () => {
    fake.fileAnswer = cutOff;
    await round(optionsFor(fake.url, state));
    fake.fileAnswer = (_request, response, body) => {
      response
        .writeHead(206, { ETag: '"x"', 'Content-Range': `bytes 0-${SIZE - 1}/${SIZE}`, 'Content-Length': SIZE })
        .end(body);
    };
    expect((await round(optionsFor(fake.url, state))).code).to.equal(1);
    expect(existsSync(file())).to.equal(false);
    fake.fileAnswer = answerFile;
    expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
    expect(readFileSync(file()).equals(content)).to.equal(true);
  });

  it('reports the first failure only, however often it tries, and succeeds when the server is back', async () => {
    let answers = 0;
    fake.fileAnswer = (request, response, body) => {
      answers += 1;
      if (answers > 3) answerFile(request, response, body);
      else response.writeHead(503, { 'Retry-After': '0' }).end();
    };
    const stop = new AbortController();
    const retryPlan = { steps: [1], unitMs: 20 };
    const running = round(optionsFor(fake.url, state, { once: false, retryPlan }), stop.signal);
    while (!existsSync(file()) || !fake.events.some((event) => event.includes('Downloaded'))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    stop.abort();
    await running;
    expect(answers).to.equal(4);
    expect(failures()).to.have.length(1);
  });

  it('tries each package once in a round, however short the waits are', async () => {
    const other: FakePackage = { ...software, guid: newGuid(), name: 'Other' };
    fake.packages.push(other);
    fake.policies.push(deliveryPolicy({ package: other, commandLine: 'true' }));
    fake.fileAnswer = (_request, response) => void setTimeout(() => response.writeHead(500).end(), 30);
    const retryPlan = { steps: [1], unitMs: 1 };
    expect((await round(optionsFor(fake.url, state, { retryPlan }))).code).to.equal(1);
    expect(fake.countOf('GET file')).to.equal(2);
  });

  it('asks for the file with its bearer only at its own server', async () => {
    const stranger = await FakeServer.start();
    try {
      stranger.packages = [software];
      const seen: (string | undefined)[] = [];
      stranger.fileAnswer = (request, response, body) => {
        seen.push(request.headers.authorization, request.headers['x-sma-id']?.toString());
        answerFile(request, response, body);
      };
      fake.shareOrigin = stranger.url.origin;
      expect((await round(optionsFor(fake.url, state))).code).to.equal(0);
      expect(seen).to.deep.equal([undefined, undefined]);
      expect(readFileSync(file()).equals(content)).to.equal(true);
    } finally {
      await stranger.stop();
    }
  });
});

/** What a server that means harm could send: nothing is published, nothing is written outside, nobody is held up. */
import { expect } from 'chai';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { selfSignedIn } from '../../app/certificate.ts';
import { SourceProblem, type SourceLimits, type UrlLimits } from '../../models/packages/sources/source.ts';
import { mirror } from '../../models/packages/sources/url/mirror.ts';
import { mirrorFolder } from '../../models/packages/sources/url/mirrorState.ts';
import { mayCall, parseAddress } from '../../models/packages/sources/url/reachable.ts';
import { urlSource } from '../../models/packages/sources/urlSource.ts';
import { newGuid } from '../../wire/guid.ts';
import { pax, tar, tarGz, zip, type Entry } from './archives.ts';
import { limitsOf, TestFolder, thrownBy } from './support.ts';
import { sha256, WebServer } from './webServer.ts';

describe('a hostile web server', () => {
  const guid = newGuid();
  let data: TestFolder;
  let web: WebServer;
  beforeEach(async () => {
    data = new TestFolder();
    web = await WebServer.start();
  });
  afterEach(async () => {
    await web.stop();
    data.remove();
  });

  const limits = (more: Partial<UrlLimits> = {}): SourceLimits => {
    const usual = limitsOf(data.path);
    return { ...usual, url: { ...usual.url, ...more } };
  };
  /** Without its thread, which is only a place to run: urlSource.test.ts has that. */
  const bring = (address: string, more: Partial<UrlLimits> = {}, reserveBytes = 0): Promise<string> =>
    mirror({ packageGuid: guid, address, dataDir: data.path, limits: limits(more).url, reserveBytes }, () => undefined);
  /** What was said; fails when it was brought. */
  const refusal = async (address: string, more: Partial<UrlLimits> = {}): Promise<string> => {
    const error = await thrownBy(bring(address, more));
    expect(error).to.be.instanceOf(SourceProblem);
    return (error as SourceProblem).message;
  };
  const files = (): string[] => {
    const folder = join(mirrorFolder(data.path, guid), 'files');
    return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : [];
  };
  /** Everything below the data folder but the mirror's own state. */
  const strays = (): string[] =>
    (readdirSync(data.path, { recursive: true }) as string[]).filter((name) => !name.startsWith('mirrors'));
  const redirect = (response: ServerResponse, to: string): true => {
    response.writeHead(302, { location: to }).end();
    return true;
  };

  describe('that redirects', () => {
    it('in a circle is given up', async () => {
      web.hostile = (_request, response) => redirect(response, '/again');
      expect(await refusal(`${web.url}/list`)).to.match(/redirects more than 5 times/);
      expect(web.take()).to.have.length(6);
    });

    for (const [what, target] of [
      ['this machine', 'http://127.0.0.2:1/'],
      ['the metadata of a cloud', 'http://169.254.169.254/latest/meta-data/'],
      ['this machine in disguise', 'http://[::ffff:7f00:2]:1/'],
      ['this machine as a number', 'http://2130706434:1/'],
      ['a file', 'file:///etc/passwd'],
      ['a name with a password', 'http://jane:secret@example.com/'],
    ] as const) {
      it(`to ${what} is not followed`, async () => {
        web.hostile = (_request, response) => redirect(response, target);
        expect(await refusal(`${web.url}/list`, { ranges: ['127.0.0.1/32'] })).to.match(
          /^127\.0\.0\.1:\d+ redirects: (Package sources may not lie on|The address must)/,
        );
        expect(web.take()).to.have.length(1);
      });
    }

    it('to another place in bounds is followed, and the files lie there', async () => {
      web.set('/v2/a', 'a');
      web.listIn('/v2/');
      web.hostile = (request, response) => request.url === '/latest' && redirect(response, '/v2/SHA256SUMS');
      await bring(`${web.url}/latest`);
      expect(files()).to.deep.equal(['a']);
    });
  });

  describe('over TLS', () => {
    let secure: Server;
    let url: string;
    let folder: TestFolder;
    let certificate: string;
    let answer: RequestListener;
    const trusted = getCACertificates('default');
    before(async () => {
      folder = new TestFolder();
      const { tls } = await selfSignedIn(folder.path, ['127.0.0.1', 'localhost'], Date.now());
      certificate = String((tls as { cert: string }).cert);
      secure = createServer(tls, (request, response) => answer(request, response));
      await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
      url = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    });
    after(async () => {
      setDefaultCACertificates(trusted);
      secure.closeAllConnections();
      await new Promise((resolve) => secure.close(resolve));
      folder.remove();
    });
    afterEach(() => setDefaultCACertificates(trusted));

    it('is believed only with a certificate that is trusted', async () => {
      let asked = 0;
      answer = (_request, response) => {
        asked++;
        response.end(zip([{ name: 'fine', content: 'x' }]));
      };
      expect(await refusal(`${url}/a`)).to.match(
        /^The certificate of 127\.0\.0\.1:\d+ is not trusted .*NODE_EXTRA_CA_CERTS/,
      );
      expect(asked).to.equal(0);
      setDefaultCACertificates([...trusted, certificate]);
      await bring(`${url}/a`);
      expect(files()).to.deep.equal(['fine']);
    });

    it('must not redirect to where nothing is encrypted', async () => {
      setDefaultCACertificates([...trusted, certificate]);
      web.set('/a', zip([{ name: 'spoilt', content: 'x' }]));
      answer = (_request, response) => void redirect(response, `${web.url}/a`);
      expect(await refusal(`${url}/a`)).to.match(/redirects from https to http, which is not followed/);
      expect(web.take()).to.deep.equal([]);
    });
  });

  describe('is judged by its address', () => {
    for (const address of [
      '10.1.2.3',
      '192.168.1.1',
      '172.16.0.1',
      '100.64.0.1',
      '8.8.8.8',
      'fd12::1',
      '2606:4700::1',
    ]) {
      it(`${address} may be called`, () => expect(mayCall(address, [])).to.equal(true));
    }
    for (const address of [
      ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '169.254.169.254', '224.0.0.1', '255.255.255.255', '240.0.0.1'],
      ...['::1', '::', 'fe80::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:169.254.169.254', '64:ff9b::7f00:1'],
      ...['2002:7f00:1::', 'fd00:ec2::254', '100.100.100.200', '168.63.129.16', '::ffff:168.63.129.16', 'no address'],
    ]) {
      it(`${address} may not`, () => expect(mayCall(address, [])).to.equal(false));
    }

    it('and by the setting alone when there is one', () => {
      const ranges = ['127.0.0.0/8', '10.0.0.7', 'fd00::/8'];
      const called = ['127.0.0.1', '::ffff:127.0.0.1', '10.0.0.7', 'fd00::9'];
      const refused = ['10.0.0.8', '8.8.8.8', '::1', '2606:4700::1'];
      expect(called.filter((address) => !mayCall(address, ranges))).to.deep.equal([]);
      expect(refused.filter((address) => mayCall(address, ranges))).to.deep.equal([]);
    });

    it('a name is judged by what it leads to, when it is called', async () => {
      const { port } = new URL(web.url);
      expect(await refusal(`http://localhost:${port}/list`, { ranges: ['10.0.0.0/8'] })).to.equal(
        'Package sources may not lie on localhost; an administrator of the server can allow it (NS_URL_SOURCE_RANGES).',
      );
      expect(web.take()).to.deep.equal([]);
      web.set('/a', 'a');
      web.listIn('/');
      await bring(`http://localhost:${port}/SHA256SUMS`);
      expect(files()).to.deep.equal(['a']);
    });

    for (const [what, address, sentence] of [
      ['this server itself', 'https://ns.example.com/Altiris/', /is that of this server/],
      ['a name with a password', 'https://jane:secret@example.com/', /must not hold a name or a password/],
      ['another scheme', 'ftp://example.com/', /must begin with https/],
      ['a file', 'file:///etc/passwd', /must begin with https/],
      ['no address', 'viewer', /Enter an address such as/],
      ['nothing', '', /Enter an address such as/],
      ['this machine', 'http://0x7f.1/', /may not lie on 127\.0\.0\.1/],
    ] as const) {
      it(`${what} is refused before anything is saved`, async () => {
        const strict = limits({ ranges: [], own: ['ns.example.com:443'] });
        const faults = await urlSource.check(address, strict, false);
        expect(faults).to.have.length(1);
        expect(faults[0]!.field).to.equal('sourcePath');
        expect(faults[0]!.message).to.match(sentence);
        expect(parseAddress(address, strict.url)).to.equal(faults[0]!.message);
      });
    }
  });

  describe('that', () => {
    const impatient = { windowMs: 200, leastBytes: 1024 };

    it('never answers is given up', async () => {
      web.hostile = () => true;
      expect(await refusal(`${web.url}/list`, impatient)).to.match(/does not answer/);
    });

    it('sends a byte now and then is given up', async () => {
      const timers: NodeJS.Timeout[] = [];
      web.hostile = (_request, response) => {
        response.writeHead(200);
        timers.push(setInterval(() => response.write('x'), 20));
        return true;
      };
      expect(await refusal(`${web.url}/list`, impatient)).to.match(/sends too slowly: it was given up/);
      timers.forEach(clearInterval);
    });

    it('never ends its answer is stopped at the bound', async () => {
      web.hostile = (_request, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
          if (!response.destroyed) response.once('drain', more);
        };
        response.writeHead(200);
        more();
        return true;
      };
      expect(await refusal(`${web.url}/list`, { maxBytes: 1_000_000 })).to.match(
        /^The source holds more than .* \(NS_URL_SOURCE_MAX_MB\)/,
      );
      const part = join(mirrorFolder(data.path, guid), 'incoming/index');
      expect(statSync(part).size).to.be.at.most(1_000_000);
    });

    it('says a size beyond the bound is not even read', async () => {
      web.hostile = (_request, response) => {
        response.writeHead(200, { 'content-length': 2_000_000 });
        response.write('x');
        return true;
      };
      expect(await refusal(`${web.url}/list`, { maxBytes: 1_000_000 })).to.match(/holds more than/);
    });

    it('has many files that are too much together is stopped', async () => {
      for (let number = 0; number < 10; number++) web.set(`/p/${number}`, Buffer.alloc(200_000, String(number)));
      web.listIn('/p/');
      expect(await refusal(`${web.url}/p/`, { maxBytes: 1_000_000 })).to.match(/holds more than/);
    });

    it('sends more of a file than its list says is stopped', async () => {
      web.set('/p/a', Buffer.alloc(100_000));
      web.set('/p/files.json', JSON.stringify({ files: [{ path: 'a', size: 10 }] }));
      expect(await refusal(`${web.url}/p/`)).to.match(/is longer than it may be \(10 bytes\)/);
      expect(files()).to.deep.equal([]);
    });

    it('compresses what it was asked to send plainly is refused', async () => {
      web.hostile = (_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(1_000_000)));
        return true;
      };
      expect(await refusal(`${web.url}/list`)).to.match(/compresses what it was asked to send as it is \(gzip\)/);
    });

    it('sends another part than it was asked for is refused', async () => {
      web.hostile = (request, response) => {
        if (request.headers.range === undefined) {
          response.writeHead(200, { etag: '"a"', 'content-length': 100_000 });
          response.write(Buffer.alloc(50_000), () => response.destroy());
        } else response.writeHead(206, { 'content-range': 'bytes 0-9/10' }).end('0123456789');
        return true;
      };
      expect(await refusal(`${web.url}/list`)).to.match(/sends another part than it was asked for/);
    });

    it('sends a part that nobody asked for is refused', async () => {
      web.hostile = (_request, response) => {
        response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('56789');
        return true;
      };
      expect(await refusal(`${web.url}/list`)).to.match(/sends another part than it was asked for/);
    });

    it('calls what is not here unchanged is refused', async () => {
      web.hostile = (_request, response) => (response.writeHead(304).end(), true);
      expect(await refusal(`${web.url}/list`)).to.match(/was answered with 304/);
    });
  });

  const asList = (names: readonly string[]): void => {
    for (const name of names) web.set(`/p/${name}`, name);
    web.set('/p/SHA256SUMS', names.map((name) => `${sha256(name)}  ${name}\n`).join(''));
  };
  const asJson = (names: readonly string[]): void => {
    for (const name of names) web.set(`/p/${name}`, name);
    web.set('/p/files.json', JSON.stringify({ files: names.map((path) => ({ path })) }));
  };
  const entries = (names: readonly string[]): Entry[] => names.map((name) => ({ name, content: name }));

  for (const [how, offer] of [
    ['a list', (names: readonly string[]) => (asList(names), '/p/')],
    ['a list as JSON', (names: readonly string[]) => (asJson(names), '/p/files.json')],
    ['a zip', (names: readonly string[]) => (web.set('/a', zip(entries(names))), '/a')],
    ['a tar', (names: readonly string[]) => (web.set('/a', tar(entries(names))), '/a')],
    ['a tar.gz', (names: readonly string[]) => (web.set('/a', tarGz(entries(names))), '/a')],
  ] as const) {
    describe(`with ${how}`, () => {
      for (const [what, names] of [
        ['a way out of the folder', ['../../../escaped']],
        ['a way out in the middle', ['a/../../../../escaped']],
        ['an absolute path', [`/escaped`]],
        ['a path with a drive', ['C:/escaped']],
        ['names that differ only in letter case', ['Read.me', 'READ.ME']],
        ['folders that differ only in letter case', ['sub/a', 'Sub/b']],
        ['names that differ only in Unicode form', ['\u00e9', 'e\u0301']],
        ['a name twice', ['a', 'a']],
        ['a file where a folder is needed', ['a', 'a/b']],
        ['a folder where a file is', ['a/b', 'a']],
        ['a control character', ['a\u0001b']],
        ['a device of Windows', ['sub/aux.txt']],
        ['a stream of Windows', ['setup.exe:hidden']],
        ['a name that Windows trims', ['setup.exe.']],
        ['a name that ends with a blank', ['folder /a']],
        ['a pattern', ['*.exe']],
        ['a name that is too long', ['n'.repeat(300)]],
        ['an empty part', ['a//b']],
      ] as const) {
        it(`${what} is refused, and nothing is written`, async function () {
          // A plain header has room for 100 bytes.
          if (what === 'a name that is too long' && how.startsWith('a tar')) this.skip();
          await refusal(`${web.url}${offer(names)}`);
          expect(files()).to.deep.equal([]);
          expect(strays()).to.deep.equal([]);
        });
      }

      it('names that are fine arrive', async () => {
        const names = ['.hidden', '100% sure #1.txt', 'a+b&c;d=e', 'console.txt', 'sub/ü/日本.txt', '..a', 'a..b'];
        await bring(`${web.url}${offer(names)}`);
        expect(files()).to.include.members(names);
      });
    });
  }

  describe('with an archive of', () => {
    for (const [what, content, sentence] of [
      [
        'a link (tar)',
        () => tar([{ name: 'link', type: '2', link: '/etc/passwd' }]),
        'link is a link: a package holds files and folders only.',
      ],
      [
        'a link and a file through it (tar)',
        () =>
          tar([
            { name: 'sub', type: '2', link: '../../../..' },
            { name: 'sub/escaped', content: 'x' },
          ]),
        'sub is a link: a package holds files and folders only.',
      ],
      ['a hard link', () => tar([{ name: 'link', type: '1', link: '../state.json' }]), /is a link/],
      ['a device', () => tar([{ name: 'null', type: '3' }]), 'null is neither a file nor a folder.'],
      ['a pipe', () => tar([{ name: 'pipe', type: '6' }]), 'pipe is neither a file nor a folder.'],
      ['a sparse file', () => tar([pax({ 'GNU.sparse.major': '1' }), { name: 'x', content: 'x' }]), /is neither/],
      ['a link (zip)', () => zip([{ name: 'link', mode: 0o120777, content: '/etc/passwd' }]), /is a link/],
      ['a pipe (zip)', () => zip([{ name: 'pipe', mode: 0o010644 }]), /is neither a file nor a folder/],
      ['a zip whose sizes lie', () => zip([{ name: 'a', content: 'xxxxx', size: 2 }]), /cannot be unpacked/],
      ['a zip without its end', () => zip([{ name: 'a', content: 'x' }]).subarray(0, -30), /cannot be unpacked/],
      [
        'a tar without its end',
        () => tar([{ name: 'a', content: 'x'.repeat(5000) }]).subarray(0, 2000),
        /ends too early/,
      ],
      ['a tar whose sum is wrong', () => Buffer.concat([tar([{ name: 'a' }]).fill('b', 0, 1)]), /is damaged/],
      ['a tar with a size that is no number', () => tar([{ name: 'a', size: -1 }]), /is damaged/],
      ['a tar with an endless header', () => tar([{ name: 'x', type: 'x', size: 2 ** 31 }]), /is damaged/],
      [
        'a gzip that is cut off',
        () => tarGz([{ name: 'a', content: 'x'.repeat(5000) }]).subarray(0, -20),
        /cannot be unpacked|ends too early/,
      ],
      ['a gzip of something else', () => gzipSync(Buffer.alloc(2000, 'x')), /is damaged/],
    ] as const) {
      it(`${what} is refused, and what was there stays`, async () => {
        web.set('/a', zip([{ name: 'fine', content: 'x' }]));
        await bring(`${web.url}/a`);
        web.set('/a', content());
        const said = await refusal(`${web.url}/a`);
        if (typeof sentence === 'string') expect(said).to.equal(sentence);
        else expect(said).to.match(sentence);
        expect(files()).to.deep.equal(['fine']);
        expect(strays()).to.deep.equal([]);
        expect(readdirSync(mirrorFolder(data.path, guid))).to.not.include('unpacking');
      });
    }

    for (const [what, pack] of [
      ['zip', (bomb: Buffer) => zip([{ name: 'bomb', content: bomb }])],
      ['tar.gz', (bomb: Buffer) => tarGz([{ name: 'bomb', content: bomb }])],
    ] as const) {
      it(`a ${what} bomb is stopped at the bound, and nothing of it stays`, async () => {
        const archive = pack(Buffer.alloc(20_000_000));
        expect(archive.length).to.be.lessThan(100_000);
        web.set('/a', archive);
        expect(await refusal(`${web.url}/a`, { maxBytes: 1_000_000 })).to.match(/holds more than/);
        expect(files()).to.deep.equal([]);
        expect(readdirSync(mirrorFolder(data.path, guid))).to.not.include('unpacking');
      });
    }

    it('more than the disk has to spare is stopped before the reserve is touched', async () => {
      web.set('/a', zip([{ name: 'a', content: 'x' }]));
      const error = await thrownBy(bring(`${web.url}/a`, {}, 1e15));
      expect((error as SourceProblem).message).to.match(/There is not enough disk .*NS_MIN_FREE_DISK_MB/);
      expect(files()).to.deep.equal([]);
    });
  });

  for (const [what, list] of [
    ['no JSON', '{ "files": ['],
    ['JSON of another kind', '{ "items": [] }'],
    ['a hash that is none', '{ "files": [ { "path": "a", "sha256": "abc" } ] }'],
    ['a size below nothing', '{ "files": [ { "path": "a", "size": -1 } ] }'],
    ['a file without a name', '{ "files": [ { "path": "./" } ] }'],
    ['lines of another kind', 'abc  a\n'],
    ['MD5 sums', `${'a'.repeat(32)}  a\n`],
    ['an escaped name', `\\${'a'.repeat(64)}  a\\nb\n`],
  ] as const) {
    it(`with ${what} for a list brings nothing`, async () => {
      web.set('/list', list);
      await refusal(`${web.url}/list`);
      expect(files()).to.deep.equal([]);
    });
  }
});

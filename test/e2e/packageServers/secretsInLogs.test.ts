/**
 * Everything that the server, a package server and agents have written into their logs, at the level that says most, is
 * searched for every secret of the run: after what goes well, and after what is refused, cut off and gone.
 */
import { expect } from 'chai';
import { createPrivateKey, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentTokens } from '../../../models/agents/tokens.ts';
import { systemClock } from '../../../models/clock.ts';
import { packageServerKey } from '../../../models/packageServers/tokenKeys.ts';
import { createApiToken } from '../../../models/security/apiTokens.ts';
import { loadSecrets } from '../../../models/secrets/secrets.ts';
import { createPackage } from '../../../models/packages/createPackage.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { loadSettings } from '../../../app/config.ts';
import { DownloadTokens } from '../../../wire/downloadToken.ts';
import type { Guid } from '../../../wire/guid.ts';
import { ConsoleClient } from '../../console/client.ts';
import { WebServer } from '../../packages/webServer.ts';
import { JANE, World } from './world.ts';

const secret = (): string => randomBytes(24).toString('base64url');

describe('the logs of a whole run', function () {
  this.timeout(240_000);
  const master = randomBytes(32);
  const passwords = { admin: secret(), typed: secret(), source: secret(), signature: secret(), redirected: secret() };
  /** Everything that may not be read anywhere, by what it is. */
  const secrets = new Map<string, string>();
  const said: string[] = [];
  let world: World;
  let web: WebServer;
  let http: string;
  let packageGuid: Guid;
  let logs: string;
  let isToken: (text: string) => boolean;
  let tokens: AgentTokens;
  before(async () => {
    web = await WebServer.start();
    world = await World.start({
      NS_LOG_LEVEL: 'trace',
      NS_MASTER_KEY: master.toString('base64'),
      NS_ADMIN_PASSWORD: passwords.admin,
      NS_URL_SOURCE_RANGES: '127.0.0.0/8',
    });
    http = `http://127.0.0.1:${world.environment.NS_HTTP_PORT}`;
    for (const [name, password] of Object.entries(passwords)) secrets.set(`password ${name}`, password);
    secrets.set('master key', master.toString('base64'));
    secrets.set('enrolment token', world.token.split('.')[1]!);
    await noteKeys('first');
  });
  after(async () => {
    await web.stop();
    await world.stop();
  });

  /** Keys that the server holds, each as it might be printed. */
  async function noteKeys(when: string): Promise<void> {
    const { signingKey, tokenKey, cookieSecret } = await loadSecrets(world.cmdb, master, systemClock);
    noteKey(`signing key ${when}`, signingKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32));
    noteKey('token key', tokenKey);
    noteKey('cookie key', Buffer.from(cookieSecret, 'hex'));
  }

  function noteKey(name: string, bytes: Buffer): void {
    for (const form of ['hex', 'base64', 'base64url'] as const) secrets.set(`${name} (${form})`, bytes.toString(form));
  }

  async function run(address: string, name: string): Promise<void> {
    const { code, output } = await world.agentAt(address, name);
    expect(code, output).to.equal(0);
    said.push(output);
  }

  const api = async (path: string, token: string, body?: object): Promise<number> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${http}/api/v1${path}`, { headers, ...sent });
    await response.arrayBuffer();
    return response.status;
  };

  it('are made of what people do: right and wrong passwords, tokens, keys', async () => {
    const client = new ConsoleClient(http);
    await client.signIn('admin', passwords.typed);
    expect((await client.signIn('admin', passwords.admin)).status).to.equal(303);
    for (const [name, value] of client.cookies) {
      const plain = decodeURIComponent(value);
      secrets.set(`cookie ${name}`, plain.slice(2));
      secrets.set(`session ${name}`, plain.slice(2).split('.')[0]!);
    }
    secrets.set('form token', client.token);
    await client.get(`/packages?search=x&token=${passwords.typed}`);
    await client.post('/sites/new', { name: '', description: 'refused' });
    await client.post('/sites/new', { _csrf: passwords.typed, name: 'forged' });
    const input = { name: 'test', scopes: ['read', 'write', 'security'] };
    const { token } = await createApiToken(world.cmdb, systemClock, JANE, input);
    secrets.set('API token', token.split('_').slice(2).join('_'));
    expect(await api('/packages', token)).to.equal(200);
    expect(await api('/packages', `${token.slice(0, -5)}AAAAA`)).to.equal(401);
    expect(await api(`/packages?token=${token}`, 'nothing')).to.equal(401);
    // A name and a password in the address of a source are refused, in it and in where it redirects to.
    const sourcePath = `http://jane:${passwords.source}@127.0.0.1:1/p/`;
    expect(await api('/packages', token, { name: 'P', sourceKind: 'url', sourcePath })).to.equal(400);
    expect(await api('/signing-keys', token, {})).to.equal(201);
    await noteKeys('second');
  });

  it('of sources that ask, send elsewhere and fail', async () => {
    web.hostile = (request, response) => {
      const isRedirect = request.url!.startsWith('/elsewhere');
      const location = `http://jane:${passwords.redirected}@127.0.0.1:1/p/`;
      response.writeHead(isRedirect ? 302 : 403, isRedirect ? { location } : {}).end();
      return true;
    };
    const limits = sourceLimits(loadSettings(world.environment).settings);
    const paths = [`/signed/files.json?sig=${passwords.signature}`, '/elsewhere/'];
    for (const path of paths) {
      const fields = { name: path.slice(1, 7), sourceKind: 'url' as const, sourcePath: `${web.url}${path}` };
      await createPackage(world.cmdb, systemClock, JANE, fields, limits);
    }
    await world.until('both have failed', async () => {
      const rows = await world.cmdb.db.selectFrom('Package').select('State').where('SourceKind', '=', 'url').execute();
      return rows.length === 2 && rows.every(({ State }) => State === 'failed' || State === 'access_denied');
    });
  });

  it('of agents and a package server that registers, fetches, serves and is killed', async () => {
    const source = join(world.folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'setup.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    await world.site('Berlin', '127.0.1.0/24');
    packageGuid = await world.package('Viewer', source);
    await world.packageServer('PS1', { address: '127.0.1.1' });
    await world.untilHeld('PS1', packageGuid);
    await world.policy(packageGuid, 'Rollout');
    await world.until('an agent downloads', async () => {
      await run('127.0.1.50', `WKS-${said.length}`);
      return /Downloading "Viewer".* from https:\/\/127\.0\.1\.1/.test(said.at(-1)!);
    });
    await world.kill('PS1');
    said.push((await world.agentAt('127.0.1.51', 'WKS-LATE')).output);
    expect(said.at(-1)).to.match(/127\.0\.1\.1/);
  });

  it('hold none of the secrets, in any form that they are written in', async () => {
    const { tokenKey } = await loadSecrets(world.cmdb, master, systemClock);
    tokens = new AgentTokens(tokenKey, systemClock);
    const rows = await world.cmdb.db.selectFrom('PackageServer').select(['ResourceGuid', 'KeySalt']).execute();
    const places = rows.map((row) => new DownloadTokens(packageServerKey(tokenKey, row.ResourceGuid, row.KeySalt)));
    isToken = (text) =>
      tokens.readBearer(text) !== undefined ||
      tokens.readDownloadToken(text) !== undefined ||
      places.some((one) => one.open(text, Date.now()) !== undefined);
    for (const name of readdirSync(world.folder)) noteAgentKey(name);
    world.server.child.kill('SIGTERM');
    await world.server.exit;
    const folder = join(world.environment.NS_DATA_DIR!, 'logs');
    const files = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const processes = [...world.processes.values()].map(({ output }) => output());
    expect(processes.join(), 'of a package server').to.contain('Viewer');
    logs = [world.server.output(), ...files, ...processes, ...said].join('\n');
    // What is searched is what was written: each of them has its part in it.
    for (const sign of ['/Altiris/PackageShare/***/', 'GetPackageInfo.aspx', 'Downloading "Viewer"']) {
      expect(logs, sign).to.contain(sign);
    }
    expect(logs).to.contain('token=***').and.to.contain('a console request was refused').and.to.contain(packageGuid);
    expect(leaks(logs)).to.deep.equal([]);
  });

  function noteAgentKey(name: string): void {
    try {
      const key = createPrivateKey(readFileSync(join(world.folder, name, 'agent.key')));
      noteKey(`key of ${name}`, key.export({ format: 'der', type: 'pkcs8' }).subarray(-32));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  it('and would be caught with any of them', () => {
    expect(secrets.size).to.be.greaterThan(20);
    for (const [name, text] of secrets) {
      expect(text.length, name).to.be.greaterThan(15);
      expect(leaks(`${logs}\nx=${text}&y`), name).to.include(name);
      const encoded = encodeURIComponent(text);
      expect(leaks(`${logs}\nx=${encoded}&y`), name).to.include(name);
    }
    const guid = world.guids.get('PS1')!;
    const bearer = tokens.issueBearer(guid, '0'.repeat(64)).token;
    expect(leaks(`${logs}\n"authorization":"Bearer ${bearer}"`)).to.deep.equal(['a bearer or download token']);
    const download = tokens.issueDownloadToken(guid, packageGuid);
    expect(leaks(`${logs}\nGET /Altiris/PackageShare/${download}/{${packageGuid}}/1/a`)).to.deep.equal([
      'a bearer or download token',
    ]);
  });

  /** Names of the secrets that a text holds, as they are or encoded for an address. */
  function leaks(text: string): string[] {
    const found = [...secrets].filter(([, one]) => text.includes(one) || text.includes(encodeURIComponent(one)));
    const hasToken = (text.match(/[A-Za-z0-9_-]{60,}/g) ?? []).some(isToken);
    return [...found.map(([name]) => name), ...(hasToken ? ['a bearer or download token'] : [])];
  }
});

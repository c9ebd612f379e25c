/** `ns token`, run as a person would run it: its own process, its exit code, what it prints and what it leaves behind. */
import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadCertificate } from '../../app/certificate.ts';
import { tokenCommand } from '../../app/commands/token.ts';
import type { CommandIo } from '../../app/commands/command.ts';
import { loadSettings } from '../../app/config.ts';
import { systemClock } from '../../models/clock.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { verifyApiToken } from '../../models/security/apiTokens.ts';

const NS = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));

describe('ns token', () => {
  let dataDir: string;
  before(() => (dataDir = mkdtempSync(join(tmpdir(), 'ns-token-'))));
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  /** As a process: for the exit code. */
  const ns = (...args: string[]) =>
    spawnSync(process.execPath, [NS, 'token', ...args], {
      env: { PATH: process.env.PATH, NS_DATA_DIR: dataDir },
      encoding: 'utf8',
    });

  /** In this process: for what it prints. */
  async function run(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
    const out: string[] = [];
    const err: string[] = [];
    const io: CommandIo = {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      progress: () => undefined,
      environment: { NS_DATA_DIR: dataDir },
    };
    return { code: await tokenCommand.run(args, io), out, err };
  }

  async function inCmdb<T>(work: (cmdb: AnyCmdb) => Promise<T>): Promise<T> {
    const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
    try {
      return await work(cmdb);
    } finally {
      await cmdb.close();
    }
  }

  const tokenRows = () =>
    inCmdb(async ({ db }) => ({
      enrolment: await db.selectFrom('EnrolmentToken').selectAll().execute(),
      api: await db.selectFrom('ApiToken').selectAll().execute(),
    }));

  it('prints an enrolment token once, with the pin of the server, and keeps only its hash', async () => {
    const made = await run('create', '--name', 'Front desk', '--uses', '3', '--expires', '2');
    expect(made.code).to.equal(0);
    expect(made.out).to.have.lengthOf(1);
    const [id, secret, pin] = made.out[0]!.split('.');
    const { settings } = loadSettings({ NS_DATA_DIR: dataDir });
    expect(pin).to.equal((await loadCertificate(settings, Date.now())).pin);
    const row = (await tokenRows()).enrolment.find(({ Name }) => Name === 'Front desk')!;
    expect(row.Guid.replaceAll('-', '')).to.equal(id);
    expect(row.MaxUses).to.equal(3);
    expect(Date.parse(row.ExpiresAt!)).to.be.within(Date.now() + 47 * 3600_000, Date.now() + 48 * 3600_000);
    expect(JSON.stringify(row)).to.not.contain(secret);
  });

  it('prints an API token that opens the API with its scopes', async () => {
    const made = await run('create', '--api', '--name', 'Robot', '--scopes', 'read');
    const caller = await inCmdb((cmdb) => verifyApiToken(cmdb, systemClock, made.out[0]!));
    expect(caller).to.include({ name: 'Robot' });
    expect(caller!.scopes).to.deep.equal(['read']);
  });

  it('lists both kinds, for people and for programs, without a secret', async () => {
    const made = await run('create', '--api', '--name', 'Listed', '--scopes', 'read,write');
    const listed = (await run('list')).out.join('\n');
    expect(listed).to.match(/API +active +read,write +never +Listed/);
    const tokens = JSON.parse((await run('list', '--json')).out.join('\n')) as { name: string; state: string }[];
    expect(tokens.find(({ name }) => name === 'Listed')).to.include({ kind: 'API', state: 'active' });
    // The secret itself may contain an underscore.
    const secret = made.out[0]!.split('_').slice(2).join('_');
    expect(listed + JSON.stringify(tokens)).to.not.contain(secret);
  });

  it('revokes a token of either kind by its id, once, and says so in the audit log', async () => {
    const api = (await run('create', '--api', '--name', 'Gone', '--scopes', 'write')).out[0]!;
    const enrolment = (await run('create', '--name', 'Gone too')).out[0]!;
    const apiId = api.split('_')[1]!;
    expect((await run('revoke', apiId)).code).to.equal(0);
    expect((await run('revoke', enrolment.split('.')[0]!)).code).to.equal(0);
    expect((await run('revoke', apiId)).code).to.equal(1);
    expect(await inCmdb((cmdb) => verifyApiToken(cmdb, systemClock, api))).to.equal(undefined);
    const audit = await inCmdb(({ db }) =>
      db.selectFrom('AuditEntry').select(['Actor', 'ObjectName']).where('Action', '=', 'revoke').execute(),
    );
    expect(audit).to.deep.equal([
      { Actor: 'ns token', ObjectName: 'Gone' },
      { Actor: 'ns token', ObjectName: 'Gone too' },
    ]);
  });

  it('exits with 0 when done, 1 when there is nothing to revoke, 2 on wrong use, and then makes nothing', async () => {
    const before = await tokenRows();
    expect(ns('list').status).to.equal(0);
    const unknown = ns('revoke', '11111111-1111-4111-8111-111111111111');
    expect([unknown.status, unknown.stdout]).to.deep.equal([1, '']);
    const wrong = ns('create', '--api', '--name', 'x', '--scopes', 'root');
    expect([wrong.status, wrong.stdout]).to.deep.equal([2, '']);
    expect(wrong.stderr).to.contain('--scopes: Choose among read, write, security.');
    expect(await tokenRows()).to.deep.equal(before);
  });

  for (const args of [
    [],
    ['destroy'],
    ['toString'],
    ['create'],
    ['create', '--name', 'x', '--scopes', 'read'],
    ['create', '--name', 'x', '--uses', '0'],
    ['create', '--name', 'x', '--expires', 'soon'],
    ['create', '--name', '  '],
    ['create', '--api', '--name', 'x', '--scopes', 'read', '--uses', '1'],
    ['revoke'],
    ['revoke', 'everything'],
  ]) {
    it(`refuses "ns token ${args.join(' ')}" as wrong use`, async () => {
      const before = await tokenRows();
      const thrown = await run(...args).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(thrown).to.have.property('name', 'UsageError');
      expect(await tokenRows()).to.deep.equal(before);
    });
  }
});

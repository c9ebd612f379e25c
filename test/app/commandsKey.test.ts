/** `ns key`: its exit codes, what it prints and what it leaves behind. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForCommand, UsageError, type CommandIo } from '../../app/commands/command.ts';
import { keyCommand } from '../../app/commands/key.ts';
import { loadMasterKey, loadSecrets } from '../../models/secrets/secrets.ts';
import type { KeyReport } from '../../models/signingKeys/keyReport.ts';

describe('ns key', () => {
  let dataDir: string;
  before(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'ns-key-'));
    const { cmdb, clock, settings, close } = await openForCommand({ environment: { NS_DATA_DIR: dataDir } } as never);
    await loadSecrets(cmdb, loadMasterKey(settings.masterKey, dataDir), clock);
    await close();
  });
  after(() => rmSync(dataDir, { recursive: true, force: true }));

  type Ran = { code: number; out: string[]; err: string[] };
  const run = (...args: string[]): Promise<Ran> => runIn(dataDir, args);
  async function runIn(folder: string, args: string[]): Promise<Ran> {
    const out: string[] = [];
    const err: string[] = [];
    const io: CommandIo = {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      progress: () => undefined,
      environment: { NS_DATA_DIR: folder },
    };
    return { code: await keyCommand.run(args, io), out, err };
  }

  const states = async (): Promise<string[]> => {
    const { keys } = JSON.parse((await run('list', '--json')).out.join('\n')) as KeyReport;
    return keys.map(({ name, state }) => `${name} ${state}`);
  };

  it('lists, replaces, ends and revokes keys, and says to make a backup', async () => {
    const listed = await run('list');
    expect(listed.out[0]).to.match(/^NAME +MADE +STATE/);
    expect(listed.out[1]).to.match(/^signing:1 .* current/);
    const made = await run('rotate', '--overlap', '7');
    expect(made).to.deep.include({ code: 0 });
    expect(made.out).to.deep.equal(['signing:2 signs from now on. signing:1 is believed for 7 days more.']);
    expect(made.err.join()).to.include('backup');
    expect(await states()).to.deep.equal(['signing:2 current', 'signing:1 overlap']);
    expect((await run('retire', 'signing:1')).code).to.equal(0);
    expect((await run('revoke', 'signing:2')).out.join()).to.include('signing:3 signs from now on');
    expect(await states()).to.deep.equal(['signing:3 current', 'signing:2 revoked', 'signing:1 retired']);
  });

  it('changes nothing that cannot be changed, and says why', async () => {
    const before = await states();
    for (const [args, reason] of [
      [['rotate', '--overlap', '0'], 'overlap'],
      [['rotate', '--overlap', 'x'], 'overlap'],
      [['retire', 'signing:3'], 'not in its overlap'],
      [['revoke', 'signing:2'], 'before'],
      [['revoke', 'signing:9'], 'no signing key'],
    ] as const) {
      const { code, err } = await run(...args);
      expect(code, args.join(' ')).to.equal(1);
      expect(err.join()).to.include(reason);
    }
    for (const args of [[], ['nonsense'], ['retire'], ['revoke', 'a', 'b']]) {
      const error: unknown = await run(...args).catch((caught: unknown) => caught);
      expect(error, args.join(' ')).to.be.instanceOf(UsageError);
    }
    expect(await states()).to.deep.equal(before);
  });

  it('revokes nothing in a data folder where no server has run, and says so', async () => {
    const wrong = mkdtempSync(join(tmpdir(), 'ns-key-wrong-'));
    try {
      for (const args of [['revoke', 'signing:1'], ['rotate'], ['list']]) {
        const { code, out, err } = await runIn(wrong, args);
        expect([code, out], args.join(' ')).to.deep.equal([1, []]);
        expect(err.join()).to.contain('No server has ever run').and.to.contain(wrong);
      }
      expect(existsSync(join(wrong, 'master.key'))).to.equal(false);
    } finally {
      rmSync(wrong, { recursive: true, force: true });
    }
  });
});

/** `ns` as its users type it: help, exit codes, sentences instead of stack traces. */
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SETTINGS } from '../../app/config.ts';
import { runNs } from '../support/process.ts';
import { freePort } from '../support/server.ts';

const COMMANDS = ['serve', 'check', 'migrate', 'config', 'user', 'token', 'package', 'agent', 'simulate', 'seed'];

describe('the command line', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'ns-cli-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const ns = (args: string[], environment: Record<string, string> = {}) =>
    runNs(args, { NS_DATA_DIR: join(folder, 'data'), ...environment });
  const ports = async () => ({
    NS_HOST: '127.0.0.1',
    NS_HTTP_PORT: String(await freePort()),
    NS_HTTPS_PORT: String(await freePort()),
  });

  it('lists its commands, and has help for each', async () => {
    const help = await ns(['--help']);
    expect(help.code).to.equal(0);
    for (const name of COMMANDS) {
      expect(help.output).to.match(new RegExp(`^ {2}${name} `, 'm'));
      const { code, output } = await ns([name, '--help']);
      expect(code, name).to.equal(0);
      expect(output, name).to.match(new RegExp(`^ns ${name}`));
    }
  });

  it('ends with 2 on wrong use, and says where help is', async () => {
    for (const args of [
      [],
      ['dance'],
      ['constructor'],
      ['config', '--loud'],
      ['seed', '--computers', 'many'],
      ['token', 'steal'],
      ['user'],
    ]) {
      const { code, output } = await ns(args);
      expect(code, args.join(' ')).to.equal(2);
      expect(output, args.join(' '))
        .to.include('help')
        .and.to.not.match(/at .*\.ts:/);
    }
  });

  it('stops with a sentence and 1 when a setting is wrong, and makes nothing', async () => {
    const { code, output } = await ns(['serve'], { NS_HTTP_PORT: 'eighty' });
    expect(code).to.equal(1);
    expect(output.trim()).to.equal('NS_HTTP_PORT must be a whole number from 0 to 65535, not "eighty".');
    expect(existsSync(join(folder, 'data'))).to.equal(false);
  });

  it('prints every setting with value, default, origin and help, and hides secrets', async () => {
    const { code, output } = await ns(['config'], { NS_ADMIN_PASSWORD: 'hunter2hunter2' });
    expect(code).to.equal(0);
    for (const { env, help } of Object.values(SETTINGS)) expect(output).to.include(env).and.to.include(help);
    expect(output).to.include('NS_ADMIN_PASSWORD = ***   [environment]').and.to.not.include('hunter2');
  });

  it('says that a machine is ready, and leaves it as it was', async () => {
    const { code, output } = await ns(['check'], await ports());
    expect(code, output).to.equal(0);
    for (const what of ['data folder', 'CMDB', 'certificate', 'clock', 'disk'])
      expect(output).to.match(new RegExp(`(ok|warning) +${what}:`));
  });

  it('says what is wrong with a machine that is not', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    writeFileSync(join(folder, 'file'), '');
    const { code, output } = await ns(['check'], {
      ...(await ports()),
      NS_HTTP_PORT: String(port),
      NS_DATA_DIR: join(folder, 'file', 'data'),
      NS_CMDB: 'mssql://sa:secret@127.0.0.1:9/none',
    });
    taken.close();
    expect(code).to.equal(1);
    expect(output).to.match(new RegExp(`warning +port ${port}: in use`));
    expect(output)
      .to.match(/failed +data folder/)
      .and.to.match(/failed +CMDB: cannot be reached/);
    expect(output).to.not.include('secret');
  });

  it('refuses a port that is taken with a sentence', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, output } = await ns(['serve'], {
      ...(await ports()),
      NS_HTTP_PORT: String(port),
      NS_LOG_LEVEL: 'silent',
    });
    taken.close();
    expect(code).to.equal(1);
    expect(output.trim()).to.equal(
      `Port ${port} is in use: stop the other program or set NS_HTTP_PORT and NS_HTTPS_PORT.`,
    );
  });
});

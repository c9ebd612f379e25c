import { expect } from 'chai';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentCommand } from '../../app/commands/agent.ts';
import { UsageError, type CommandIo } from '../../app/commands/command.ts';
import { simulateCommand } from '../../app/commands/simulate.ts';
import { removeTemporaryFolders, temporaryFolder } from './support/agents.ts';
import { FakeServer } from './support/fakeServer.ts';

describe('the command lines of agent and simulator', () => {
  let out: string[];
  let err: string[];
  let io: CommandIo;
  beforeEach(() => {
    out = [];
    err = [];
    io = { out: (line) => out.push(line), err: (line) => err.push(line), progress: () => {}, environment: {} };
  });
  afterEach(removeTemporaryFolders);

  const server = ['--server', 'https://ns.test'];
  const wrong: [string, string[], RegExp][] = [
    ['no server', ['--state', 'x'], /--server is missing/],
    ['no state folder', server, /--state is missing/],
    ['an address with a path', ['--server', 'https://ns.test/other', '--state', 'x'], /--server takes/],
    ['another protocol', ['--server', 'ftp://ns.test', '--state', 'x'], /--server takes/],
    ['a name that is none', [...server, '--state', 'x', '--name', 'a b'], /not a host name/],
    ['a wait that is none', [...server, '--state', 'x', '--retry-minutes', '3,0'], /--retry-minutes/],
    ['a unit that is none', [...server, '--state', 'x', '--retry-unit', '1.5'], /--retry-unit takes/],
    [
      'an interval that is none',
      [...server, '--state', 'x', '--registration-interval', '0'],
      /--registration-interval takes/,
    ],
    ['a token file that is not there', [...server, '--state', 'x', '--token-file', '/no/such'], /cannot be read/],
    ['no permission to trust anybody', [...server, '--state', 'x', '--insecure'], /--insecure/],
  ];
  for (const [what, args, message] of wrong) {
    it(`ns agent refuses ${what}`, async () => {
      const error = await agentCommand.run(args, io).then(
        () => expect.fail('it ran'),
        (thrown: Error) => thrown,
      );
      expect(error.message).to.match(message);
      expect(error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')).to.equal(
        true,
      );
    });
  }

  it('ns agent says in a sentence whom it does not trust', async () => {
    const state = join(temporaryFolder(), 'state');
    expect(await agentCommand.run([...server, '--state', state, '--token', 'abc', '--once'], io)).to.equal(1);
    expect(err).to.deep.equal(['The enrolment token is not complete: it reads id.secret.pin.']);
    expect(await agentCommand.run(['--server', 'http://192.0.2.1', '--state', state, '--once'], io)).to.equal(1);
    expect(err.at(-1)).to.include('--allow-http');
  });

  it('ns agent does a round with the token of a file and the old form of the address', async () => {
    const fake = await FakeServer.start();
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'state'));
    const token = `${'a'.repeat(32)}.${'b'.repeat(43)}.${'c'.repeat(64)}`;
    writeFileSync(join(folder, 'token'), `${token}\n`);
    const args = [
      '--server',
      `${fake.url.origin}/Altiris`,
      '--state',
      join(folder, 'state'),
      '--token-file',
      join(folder, 'token'),
      '--once',
    ];
    expect(await agentCommand.run(args, io), err.join('\n')).to.equal(0);
    expect(fake.authorizations[0]).to.equal(`Enrol ${token}`);
    expect(fake.authorizations.slice(1).join()).to.not.include('Enrol');
    await fake.stop();
  });

  it('ns simulate prints a table, and 1 is its exit code when nobody was let in', async () => {
    const fake = await FakeServer.start();
    const args = ['--server', fake.url.origin, '--agents', '3', '--scenario', 'checkin', '--seed', 's'];
    expect(await simulateCommand.run(args, io)).to.equal(0);
    expect(out[0]).to.match(/^call +count +requests\/s +p50 ms +p99 ms +errors$/);
    expect(out.at(-1)).to.equal('3 computers (seed s): 3 allowed, 0 pending, 0 blocked, 0 failed.');
    fake.registration = 'pending';
    expect(await simulateCommand.run([...args, '--json'], io)).to.equal(1);
    expect(JSON.parse(out.at(-1)!)).to.deep.include({
      registrations: { allowed: 0, pending: 3, blocked: 0, failed: 0 },
    });
    await fake.stop();
  });

  it('ns simulate refuses a scenario or number that is none', async () => {
    for (const args of [
      ['--scenario', 'x'],
      ['--agents', '0'],
      ['--rate', '-1'],
      ['--connections', 'many'],
    ]) {
      const error = await simulateCommand.run([...server, ...args], io).then(
        () => expect.fail('it ran'),
        (thrown: Error) => thrown,
      );
      expect(
        error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS'),
        args.join(' '),
      ).to.equal(true);
    }
  });
});

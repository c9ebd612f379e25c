import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { newGuid } from '../../wire/guid.ts';
import { optionsFor, readEvents, removeTemporaryFolders, round, temporaryFolder } from './support/agents.ts';
import { untilGone } from './support/processes.ts';
import { deliveryPolicy, FakeServer } from './support/fakeServer.ts';

describe('an agent that ends while a program runs', function () {
  let fake: FakeServer;
  let state: string;
  let agent: ChildProcess;
  let log = '';

  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(async () => {
    fake = await FakeServer.start();
    state = temporaryFolder();
    const software = {
      guid: newGuid(),
      name: 'Slow',
      version: 1,
      files: { 'slow.sh': 'echo started >> ../../../ran\necho $$ > ../../../pid\nexec sleep 60' },
    };
    fake.packages = [software];
    fake.policies = [deliveryPolicy({ package: software, commandLine: 'sh ./slow.sh' })];
    log = '';
    agent = spawn(process.execPath, [join(import.meta.dirname, 'support/runAgent.ts'), fake.url.href, state], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    agent.stderr!.on('data', (chunk: Buffer) => (log += chunk.toString()));
    while (!existsSync(join(state, 'pid')) || readFileSync(join(state, 'pid'), 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 20));
  });
  afterEach(async () => {
    agent.kill('SIGKILL');
    if (existsSync(join(state, 'pid'))) {
      try {
        process.kill(Number(readFileSync(join(state, 'pid'), 'utf8')), 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
    await fake.stop();
    removeTemporaryFolders();
  });

  const executions = () => readEvents(fake.events).filter((event) => event.className === 'AeX SWD Execution');
  const starts = (): number => readFileSync(join(state, 'ran'), 'utf8').split('\n').length - 1;

  it('reports the run as interrupted after a kill, and does not run it again', async () => {
    agent.kill('SIGKILL');
    await once(agent, 'close');
    expect(executions()).to.deep.equal([]);
    const { code, lines } = await round(optionsFor(fake.url, state));
    expect(code, lines.join('\n')).to.equal(0);
    await round(optionsFor(fake.url, state));
    expect(executions()).to.have.length(1);
    const [row] = executions()[0]!.rows;
    expect(row![4]).to.match(/^Interrupted/);
    expect(row![7], 'there is no return code').to.equal(undefined);
    expect(starts()).to.equal(1);
  });

  it('ends the program and itself on SIGTERM, and says so to the server at the next start', async () => {
    agent.kill('SIGTERM');
    const [code] = (await once(agent, 'close')) as [number];
    expect(code, log).to.equal(0);
    const pid = Number(readFileSync(join(state, 'pid'), 'utf8'));
    await untilGone(pid);
    await round(optionsFor(fake.url, state));
    await round(optionsFor(fake.url, state));
    expect(executions().map((event) => event.rows[0]![4])).to.deep.equal([
      'Interrupted: the agent ended while the program was running.',
    ]);
    expect(starts()).to.equal(1);
  });
});

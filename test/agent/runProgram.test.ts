import { expect } from 'chai';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OutputTail } from '../../agent/programs/outputTail.ts';
import { runProgram, type ProgramCall } from '../../agent/programs/runProgram.ts';
import { removeTemporaryFolders, temporaryFolder } from './support/agents.ts';
import { isAlive, untilGone } from './support/processes.ts';

describe('running a program', function () {
  let folder: string;
  before(function () {
    // The command lines of these tests are for /bin/sh.
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(removeTemporaryFolders);

  const never = new AbortController().signal;
  const run = (commandLine: string, more: Partial<ProgramCall> = {}, signal = never) =>
    runProgram({ commandLine, cwd: folder, packageFolder: folder, timeLimitMs: 60_000, hidden: true, ...more }, signal);

  async function untilThere(path: string): Promise<string> {
    while (!existsSync(path) || readFileSync(path, 'utf8') === '')
      await new Promise((resolve) => setTimeout(resolve, 10));
    return readFileSync(path, 'utf8').trim();
  }

  it('answers its return code and what it wrote', async () => {
    const { end, output } = await run('echo out; echo err >&2; exit 42');
    expect(end).to.deep.equal({ kind: 'exited', code: 42 });
    expect(output.toString().split('\n').sort()).to.deep.equal(['', 'err', 'out']);
  });

  it('runs in its folder and finds a program of the package with and without ./', async () => {
    writeFileSync(join(folder, 'setup.sh'), '#!/bin/sh\npwd\n');
    chmodSync(join(folder, 'setup.sh'), 0o755);
    for (const line of ['./setup.sh', 'setup.sh']) {
      const { end, output } = await run(line);
      expect(end).to.deep.equal({ kind: 'exited', code: 0 });
      expect(output.toString().trim().endsWith(folder.split('/').at(-1)!)).to.equal(true);
    }
  });

  it('answers 127 for a program that is not there', async () => {
    expect((await run('no-such-program-here')).end).to.deep.equal({ kind: 'exited', code: 127 });
  });

  it('says so when it cannot be started', async () => {
    const { end } = await run('true', { cwd: join(folder, 'missing') });
    expect(end.kind).to.equal('notStarted');
  });

  it('counts the end by a signal as shells do', async () => {
    expect((await run('kill -9 $$')).end).to.deep.equal({ kind: 'exited', code: 137 });
  });

  it('ends the whole tree when the time limit is reached', async () => {
    const { end } = await run('sleep 300 & echo $! > pid; wait', { timeLimitMs: 500 });
    expect(end).to.deep.equal({ kind: 'terminated' });
    await untilGone(Number(readFileSync(join(folder, 'pid'), 'utf8')));
  });

  it('ends what a program has started when the agent stops', async () => {
    const stop = new AbortController();
    const running = run('sleep 300 & echo $! > pid; wait', {}, stop.signal);
    const pid = Number(await untilThere(join(folder, 'pid')));
    expect(isAlive(pid)).to.equal(true);
    stop.abort();
    expect((await running).end).to.deep.equal({ kind: 'stopped' });
    await untilGone(pid);
  });

  it('does not wait for a service that the program leaves behind', async () => {
    const { end } = await run('sleep 20 & echo $! > pid; exit 3');
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    try {
      expect(end).to.deep.equal({ kind: 'exited', code: 3 });
      expect(isAlive(pid), 'it goes on').to.equal(true);
    } finally {
      process.kill(pid);
    }
  });

  it('keeps the last 64 KB of what a chatty program wrote', async () => {
    const { output } = await run('yes line | head -n 200000; echo the end');
    expect(output.length).to.be.within(65_536, 65_700);
    expect(output.toString()).to.match(/^\[\d+ bytes before this were not kept\]\n/);
    expect(output.toString().endsWith('the end\n')).to.equal(true);
  });
});

describe('the tail of an output', () => {
  it('is everything as long as it is short', () => {
    const tail = new OutputTail();
    tail.add(Buffer.from('a'));
    tail.add(Buffer.from('b'));
    expect(tail.content().toString()).to.equal('ab');
  });
});

/** `ns simulate`: many agents in one process. Options here, everything else in agent/simulator. */
import { parseArgs } from 'node:util';
import { NotTrusted } from '../../client/http/errors.ts';
import { simulate, type Progress, type Scenario, type SimulationResult } from '../../agent/simulator/simulate.ts';
import { tableOf } from '../../agent/simulator/statistics.ts';
import { PRODUCT_VERSION } from '../context.ts';
import { serverAddress, wholeNumber } from './clientOptions.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { stopSignal } from './stopSignal.ts';

const usage = `ns simulate --server URL [options]

Simulates many agents against a server: registration, authentication, inventory, policies, package information,
snapshots and status events, over connections that stay open. Prints a table of requests per second, latencies and
errors by call. The computers are made up, but the server takes them for real ones: use a server for trials.

  --server URL        the Notification Server, for example https://127.0.0.1:8443
  --agents N          number of computers (default: 100)
  --token TOKEN       enrolment token for all of them; without one, or a rule that lets them in, they stay pending
  --scenario NAME     all, checkin (policies only) or events (default: all)
  --duration SEC      go on for so long, mostly with unchanged check-ins (default: each computer's day once)
  --rate N            at most N calls a second (default: as many as go)
  --connections N     computers at work at the same time (default: 64)
  --seed TEXT         the same seed makes the same computers with the same keys (default: new ones, seed is printed)
  --pin SHA256        trust the server with this public key (a token carries it)
  --ca FILE           trust servers with certificates of these authorities only (PEM)
  --allow-http        permit plain HTTP to other hosts than this one
  --json              print the figures as JSON

Exit code 1 when a call failed or no computer was let in.`;

export const simulateCommand: Command = {
  name: 'simulate',
  summary: 'simulate many agents and measure the server',
  usage,
  async run(args, io) {
    const { options, json } = readOptions(args);
    const stop = stopSignal();
    try {
      const result = await simulate(options, progressOf(io), stop.signal);
      print(result, options.agents, json, io);
      return result.problems.length === 0 && result.registrations.allowed > 0 ? 0 : 1;
    } catch (error) {
      if (!(error instanceof NotTrusted)) throw error;
      io.err(error.message);
      return 1;
    } finally {
      stop.release();
    }
  },
};

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const SCENARIOS: readonly string[] = ['all', 'checkin', 'events'] satisfies Scenario[];

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      ...{ server: text, agents: text, token: text, scenario: text, duration: text, rate: text, connections: text },
      ...{ seed: text, pin: text, ca: text, 'allow-http': flag, json: flag },
    },
  });
  const scenario = values.scenario ?? 'all';
  if (!SCENARIOS.includes(scenario)) throw new UsageError(`--scenario takes ${SCENARIOS.join(', ')}.`);
  const duration = wholeNumber(values.duration, '--duration', { least: 1, most: 604_800, byDefault: 0 });
  const options = {
    server: serverAddress(values.server),
    agents: wholeNumber(values.agents, '--agents', { least: 1, most: 1_000_000, byDefault: 100 }),
    token: values.token,
    caFile: values.ca,
    pin: values.pin,
    allowHttp: values['allow-http'],
    scenario: scenario as Scenario,
    durationMs: duration === 0 ? undefined : duration * 1000,
    rate: wholeNumber(values.rate, '--rate', { least: 1, byDefault: 0 }),
    connections: wholeNumber(values.connections, '--connections', { least: 1, most: 10_000, byDefault: 64 }),
    seed: values.seed,
    version: PRODUCT_VERSION,
  };
  return { options, json: values.json };
}

const PROGRESS_MS = 250;

function progressOf(io: CommandIo): Progress {
  let shownAt = 0;
  return (phase, done, of) => {
    const now = performance.now();
    if (now - shownAt < PROGRESS_MS) return;
    shownAt = now;
    io.progress(done === of ? `${phase}: ${done}` : `${phase}: ${done} of ${of}`);
  };
}

function print(result: SimulationResult, agents: number, json: boolean, io: CommandIo): void {
  if (json) {
    io.out(JSON.stringify(result, null, 2));
    return;
  }
  for (const line of tableOf(result.figures)) io.out(line);
  const { allowed, pending, blocked, failed } = result.registrations;
  io.out('');
  io.out(
    `${agents} computers (seed ${result.seed}): ${allowed} allowed, ${pending} pending, ${blocked} blocked, ${failed} failed.`,
  );
  for (const { call, problem, count } of result.problems.slice(0, 10)) io.out(`${count} × ${call}: ${problem}`);
}

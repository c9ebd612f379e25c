/** `ns agent`: the open reference agent. Options here, everything else in agent/. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runAgent } from '../../agent/agent.ts';
import { RETRY_MINUTES } from '../../client/base/backOff.ts';
import { StateInUse } from '../../client/base/lock.ts';
import { agentLog } from '../../client/base/log.ts';
import { NotTrusted } from '../../client/http/errors.ts';
import type { AgentOptions } from '../../agent/options.ts';
import { PRODUCT_VERSION } from '../context.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';
import { serverAddress, wholeNumber } from './clientOptions.ts';
import { stopSignal } from './stopSignal.ts';

const usage = `ns agent --server URL --state DIR [options]

Runs the open reference agent on this computer: it registers, reports basic inventory, follows the policies of the
server, downloads, verifies and runs packages and reports how that went. Stop it with Ctrl-C or SIGTERM.

  --server URL                   the Notification Server, for example https://ns1.example.com
  --state DIR                    folder of the agent's key, policies, packages and waiting events
  --token TOKEN                  enrolment token; it lets the computer in and carries the server's pin
  --token-file FILE              the token from a file, which other users of the computer cannot see as they see arguments
  --pin SHA256                   trust the server with this public key (SHA-256, hex), whatever its certificate says
  --ca FILE                      trust servers with certificates of these authorities only (PEM)
  --allow-http                   permit plain HTTP to other hosts than this one: for laboratories
  --once                         one round: register, inventory, policies, what is due; then end
  --name NAME                    report this host name, and be a computer of its own: for tests
  --address ADDRESS              report this address, by which the server finds the site: behind address translation
  --registration-interval SEC    between registration requests while approval is awaited (default: 180)
  --retry-minutes LIST           waits after failures (default: ${RETRY_MINUTES.join(',')})
  --retry-unit SEC               length of a "minute" of that list (default: 60)
  --verbose                      log more

Exit codes with --once: 0 done, 1 failed, 3 the registration awaits approval.`;

export const agentCommand: Command = {
  name: 'agent',
  summary: 'run the open reference agent on this computer',
  usage,
  async run(args, io) {
    const options = readOptions(args);
    const log = agentLog(io.err, options.verbose);
    const stop = stopSignal();
    try {
      return await runAgent(options, log, stop.signal);
    } catch (error) {
      return explained(error, io);
    } finally {
      stop.release();
    }
  },
};

function explained(error: unknown, io: CommandIo): number {
  if (!(error instanceof NotTrusted || error instanceof StateInUse)) throw error;
  io.err(error.message);
  return 1;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

function readOptions(args: string[]): AgentOptions {
  const { values } = parseArgs({
    args,
    options: {
      server: text,
      state: text,
      token: text,
      'token-file': text,
      pin: text,
      ca: text,
      name: text,
      address: text,
      'registration-interval': text,
      'retry-minutes': text,
      'retry-unit': text,
      'allow-http': flag,
      once: flag,
      verbose: flag,
    },
  });
  if (values.state === undefined) throw new UsageError('--state is missing: where does the agent keep its key?');
  return {
    server: serverAddress(values.server),
    stateFolder: resolve(values.state),
    token: values.token ?? tokenOf(values['token-file']),
    caFile: values.ca,
    pin: values.pin,
    allowHttp: values['allow-http'],
    once: values.once,
    name: hostName(values.name),
    address: ipAddress(values.address),
    retryPlan: {
      steps: retrySteps(values['retry-minutes']),
      unitMs: 1000 * wholeNumber(values['retry-unit'], '--retry-unit', { least: 1, byDefault: 60 }),
    },
    registrationIntervalMs:
      1000 * wholeNumber(values['registration-interval'], '--registration-interval', { least: 1, byDefault: 180 }),
    verbose: values.verbose,
    version: PRODUCT_VERSION,
  };
}

function tokenOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`The token file cannot be read: ${(error as Error).message}`);
  }
}

function ipAddress(address: string | undefined): string | undefined {
  if (address !== undefined && isIP(address) === 0) throw new UsageError(`"${address}" is not an address.`);
  return address;
}

function hostName(name: string | undefined): string | undefined {
  if (name !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name)) {
    throw new UsageError(`"${name}" is not a host name.`);
  }
  return name;
}

function retrySteps(list: string | undefined): readonly number[] {
  if (list === undefined) return RETRY_MINUTES;
  const steps = list.split(',').map(Number);
  if (steps.some((step) => !(step > 0 && step <= 100_000))) {
    throw new UsageError('--retry-minutes takes numbers above 0, separated by commas.');
  }
  return steps;
}

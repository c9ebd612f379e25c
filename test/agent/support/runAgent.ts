/** An agent as a process of its own, for tests that kill it: `runAgent.ts <server> <state> [once]`. */
import { runAgent } from '../../../agent/agent.ts';
import { agentLog } from '../../../client/base/log.ts';
import { stopSignal } from '../../../app/commands/stopSignal.ts';
import { optionsFor } from './agents.ts';

const [server, state, once] = process.argv.slice(2);
const options = optionsFor(new URL(server!), state!, { once: once !== undefined });
const log = agentLog((line) => process.stderr.write(`${line}\n`), true);
const stop = stopSignal();
process.exitCode = await runAgent(options, log, stop.signal);
stop.release();

/** The command line: `ns <command>`. Finds the command, runs it, turns what it throws into a sentence and an exit code. */
import { terminalIo, UsageError, type Command } from './commands/command.ts';
import { ConfigError } from './config.ts';
import { CmdbUnavailable } from '../models/cmdb/types.ts';
import { SchemaTooNew } from '../models/cmdb/migrate.ts';
import { QueueNotOpened } from '../models/events/queue.ts';
import { MasterKeyError } from '../models/secrets/secrets.ts';
import { PRODUCT_VERSION } from './context.ts';

/** Loaded when used: a server need not carry the simulator. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serveCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  migrate: async () => (await import('./commands/migrate.ts')).migrateCommand,
  config: async () => (await import('./commands/config.ts')).configCommand,
  user: async () => (await import('./commands/user.ts')).userCommand,
  token: async () => (await import('./commands/token.ts')).tokenCommand,
  key: async () => (await import('./commands/key.ts')).keyCommand,
  package: async () => (await import('./commands/package.ts')).packageCommand,
  subnet: async () => (await import('./commands/subnet.ts')).subnetCommand,
  agent: async () => (await import('./commands/agent.ts')).agentCommand,
  'package-server': async () => (await import('./commands/packageServer.ts')).packageServerCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  simulate: async () => (await import('./commands/simulate.ts')).simulateCommand,
  seed: async () => (await import('./commands/seed.ts')).seedCommand,
};

const io = terminalIo(process.stdout, process.stderr);

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    'ns <command> [options]',
    '',
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    '',
    'ns <command> --help tells more. Exit codes: 0 done, 1 failed, 2 wrong use.',
  ].join('\n');
}

/** Failures whose message already is the sentence that an administrator needs. */
function isExplained(error: unknown): error is Error {
  return [ConfigError, SchemaTooNew, MasterKeyError, QueueNotOpened].some((kind) => error instanceof kind);
}

async function main(argv: string[]): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    io.out(await help());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version') {
    io.out(PRODUCT_VERSION);
    return 0;
  }
  if (!Object.hasOwn(COMMANDS, name)) {
    io.err(`There is no command "${name}". ns --help lists them.`);
    return 2;
  }
  const command = await COMMANDS[name]!();
  if (args.includes('--help') || args.includes('-h')) {
    io.out(command.usage);
    return 0;
  }
  try {
    return await command.run(args, io);
  } catch (error) {
    return explain(command, error);
  }
}

function explain(command: Command, error: unknown): number {
  const code = (error as { code?: string }).code ?? '';
  if (error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS')) {
    io.err(`${(error as Error).message}\nns ${command.name} --help tells how to use it.`);
    return 2;
  }
  if (isExplained(error)) {
    io.err(error.message);
    return 1;
  }
  if (error instanceof CmdbUnavailable) {
    io.err(`The CMDB cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`);
    return 1;
  }
  io.err(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return 1;
}

process.exitCode = await main(process.argv.slice(2));

/** `ns key`: the keys that sign snapshots; agents follow from one to the next by themselves. */
import { parseArgs } from 'node:util';
import type { Actor } from '../../models/audit/audit.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { loadMasterKey, loadSecrets } from '../../models/secrets/secrets.ts';
import {
  DEFAULT_OVERLAP_DAYS,
  MOST_OVERLAP_DAYS,
  retireSigningKey,
  revokeSigningKey,
  rotateSigningKey,
  type KeyChangeDeps,
} from '../../models/signingKeys/changeKeys.ts';
import { readKeyReport, type KeyReport } from '../../models/signingKeys/keyReport.ts';
import { FIRST_KEY } from '../../models/signingKeys/keyState.ts';
import { openForCommand, UsageError, type Command, type CommandIo } from './command.ts';

const usage = `ns key list [--json]
ns key rotate [--overlap DAYS]
ns key retire NAME
ns key revoke NAME

The keys that sign the snapshots of packages. Agents pin the server's key when they register; from then on they take
another one only when the key they believe has signed for it, and they see to that by themselves.

  list      every key with its state, the snapshots that carry its signature, and the agents that have named it
  rotate    makes a new key that signs from now on; what the one before has signed is believed until the overlap ends
  retire    ends the overlap of a key now
  revoke    for a key that may be in wrong hands: nothing that it has signed is believed any more. The current key is
            replaced at the same time; every agent proves itself anew and fetches the manifests of its packages again

  --overlap DAYS   1 to ${MOST_OVERLAP_DAYS} (default: ${DEFAULT_OVERLAP_DAYS})
  --json           list as JSON, for programs

A running server, and every other node, hears of it within a second and signs its snapshots anew. Make a backup
afterwards: a CMDB that is restored to before the change has lost the key that agents believe.`;

const ACTOR: Actor = { name: 'ns key', address: '' };

type Action = (args: string[]) => (deps: KeyChangeDeps, io: CommandIo) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = { list, rotate, retire, revoke };

export const keyCommand: Command = {
  name: 'key',
  summary: 'list, replace and revoke the keys that sign packages',
  usage,
  async run(args, io) {
    const [action = '', ...rest] = args;
    if (!Object.hasOwn(ACTIONS, action)) {
      throw new UsageError(action === '' ? 'list, rotate, retire or revoke?' : `There is no "ns key ${action}"`);
    }
    const work = ACTIONS[action]!(rest);
    const opened = await openForCommand(io);
    try {
      const { cmdb, clock, settings } = opened;
      if (!(await hasKeys(cmdb))) {
        // Else a key would be made and revoked in a new CMDB, and the real one would go on being believed.
        io.err(`No server has ever run on this CMDB (NS_DATA_DIR is ${settings.dataDir}): it has no keys.`);
        return 1;
      }
      const { signingKeys } = await loadSecrets(cmdb, loadMasterKey(settings.masterKey, settings.dataDir), clock);
      await work({ cmdb, clock, keys: signingKeys }, io);
      return 0;
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      io.err(error.errors.map(({ message }) => message).join('\n'));
      return 1;
    } finally {
      await opened.close();
    }
  },
};

async function hasKeys({ db }: Session): Promise<boolean> {
  const found = await db.selectFrom('Secret').select('Name').where('Name', '=', FIRST_KEY).executeTakeFirst();
  return found !== undefined;
}

function list(args: string[]): ReturnType<Action> {
  const { json } = parseArgs({ args, options: { json: { type: 'boolean' } } }).values;
  return async ({ cmdb, clock, keys }, io) => {
    const report = await readKeyReport(cmdb, keys, clock.now());
    if (json === true) io.out(JSON.stringify(report, null, 2));
    else for (const line of lines(report)) io.out(line);
  };
}

function lines({ keys, unknownAgents, unableAgents }: KeyReport): string[] {
  const row = ['NAME', 'MADE', 'STATE', 'UNTIL', 'SNAPSHOTS', 'AGENTS'];
  const rows = keys.map(({ name, madeAt, state, until, snapshots, agents }) => [
    name,
    madeAt.slice(0, 10),
    state,
    until?.slice(0, 10) ?? '',
    String(snapshots),
    String(agents),
  ]);
  const widths = row.map((_, column) => Math.max(...[row, ...rows].map((cells) => cells[column]!.length)));
  const table = [row, ...rows].map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const rest = [];
  if (unknownAgents > 0)
    rest.push(`${unknownAgents === 1 ? '1 agent has' : `${unknownAgents} agents have`} not named a key yet.`);
  if (unableAgents > 0)
    rest.push(
      `${unableAgents === 1 ? '1 agent cannot: it takes' : `${unableAgents} agents cannot: they take`} the key of each package's information.`,
    );
  return [...table, ...rest];
}

function rotate(args: string[]): ReturnType<Action> {
  const { overlap } = parseArgs({ args, options: { overlap: { type: 'string' } } }).values;
  const overlapDays = overlap === undefined ? DEFAULT_OVERLAP_DAYS : Number(overlap);
  return async (deps, io) => {
    const before = deps.keys.current.name;
    const name = await rotateSigningKey(deps, ACTOR, { overlapDays });
    io.out(
      `${name} signs from now on. ${before} is believed for ${overlapDays === 1 ? '1 day' : `${overlapDays} days`} more.`,
    );
    io.err('Make a backup now: without this key, agents that have followed believe nothing of this server.');
  };
}

function retire(args: string[]): ReturnType<Action> {
  const name = onlyName(args);
  return async (deps, io) => {
    await retireSigningKey(deps, ACTOR, name);
    io.out(`The overlap of ${name} is over: what it has signed is believed only where it is kept already.`);
  };
}

function revoke(args: string[]): ReturnType<Action> {
  const name = onlyName(args);
  return async (deps, io) => {
    const current = await revokeSigningKey(deps, ACTOR, name);
    io.out(`${name} is revoked: nothing that it has signed is believed any more. ${current} signs from now on.`);
    io.err('Make a backup now: without this key, agents that have followed believe nothing of this server.');
  };
}

function onlyName(args: string[]): string {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  if (positionals.length !== 1) throw new UsageError('Give the name of one key; ns key list shows them');
  return positionals[0]!;
}

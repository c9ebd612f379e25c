/** `ns token`: enrolment tokens, which let computers in, and API tokens, which let programs in. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import {
  createEnrolmentToken,
  listEnrolmentTokens,
  revokeEnrolmentToken,
} from '../../models/agents/enrolmentTokens.ts';
import type { Actor } from '../../models/audit/audit.ts';
import type { Clock } from '../../models/clock.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { apiTokenState, createApiToken, listApiTokens, revokeApiToken } from '../../models/security/apiTokens.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { loadCertificate } from '../certificate.ts';
import { openForCommand, UsageError, type Command, type CommandCmdb, type CommandIo } from './command.ts';

const usage = `ns token create --name NAME [--uses N] [--expires DAYS]
ns token create --api --name NAME --scopes read,write [--expires DAYS]
ns token list [--json]
ns token revoke ID

An enrolment token lets a computer in without a click in the console: ns agent --token TOKEN. It carries the pin of
this server's TLS key, so make it on the server that the agent calls. An API token opens /api/v1: see docs/api.md.

  --name NAME      what the token is for; it stands in lists and in the audit log
  --uses N         computers that an enrolment token lets in (default: any number)
  --api            make an API token
  --scopes LIST    what an API token may do, one or more: read, write, security (signing keys)
  --expires DAYS   days after which it is refused (default: never)
  --json           list as JSON, for programs

The token is printed once, on standard output; only its hash is kept.`;

const ACTOR: Actor = { name: 'ns token', address: '' };
const DAY = 24 * 3600_000;
const MOST_DAYS = 36_500;

export const tokenCommand: Command = {
  name: 'token',
  summary: 'make, list and revoke enrolment tokens and API tokens',
  usage,
  async run(args, io) {
    const [action, ...rest] = args;
    if (action === undefined || !Object.hasOwn(ACTIONS, action)) {
      throw new UsageError(action === undefined ? 'create, list or revoke?' : `There is no "ns token ${action}"`);
    }
    const work = ACTIONS[action as keyof typeof ACTIONS](rest);
    const opened = await openForCommand(io);
    try {
      return await work(opened, io);
    } catch (error) {
      throw error instanceof InvalidInput ? wrongUse(error) : error;
    } finally {
      await opened.close();
    }
  },
};

/** Reads the arguments before anything is opened; answers what is to be done then. */
type Action = (args: string[]) => (opened: CommandCmdb, io: CommandIo) => Promise<number>;

const ACTIONS = { create, list, revoke } satisfies Record<string, Action>;

function readArguments<const O extends NonNullable<ParseArgsConfig['options']>>(args: string[], options: O) {
  return parseArgs({ args, options }).values;
}

function create(args: string[]): ReturnType<Action> {
  const text = { type: 'string' } as const;
  const values = readArguments(args, { name: text, uses: text, scopes: text, expires: text, api: { type: 'boolean' } });
  const { name } = values;
  if (name === undefined) throw new UsageError('--name is missing');
  const days = whole('expires', values.expires, MOST_DAYS);
  const expiry = (clock: Clock) => (days === undefined ? undefined : clock.now() + days * DAY);
  if (values.api === true) {
    if (values.uses !== undefined) throw new UsageError('--uses is for enrolment tokens');
    if (values.scopes === undefined)
      throw new UsageError('--scopes is missing: read, write, security, or several as read,write');
    const scopes = values.scopes.split(',').map((scope) => scope.trim());
    return async ({ cmdb, clock }, io) =>
      show(io, await createApiToken(cmdb, clock, ACTOR, { name, scopes, expiresAt: expiry(clock) }));
  }
  if (values.scopes !== undefined) throw new UsageError('--scopes is for API tokens: add --api');
  const maxUses = whole('uses', values.uses, 1_000_000) ?? null;
  return async ({ cmdb, clock, settings }, io) => {
    const { pin } = await loadCertificate(settings, clock.now());
    return show(io, await createEnrolmentToken(cmdb, clock, ACTOR, { name, maxUses, expiresAt: expiry(clock) }, pin));
  };
}

function show(io: CommandIo, { guid, token }: { guid: Guid; token: string }): number {
  io.out(token);
  io.err(`Keep it now: it is not shown again. Its id, for ns token revoke, is ${guid}.`);
  return 0;
}

function list(args: string[]): ReturnType<Action> {
  const { json } = readArguments(args, { json: { type: 'boolean' } });
  return async ({ cmdb, clock }, io) => {
    const enrolment = (await listEnrolmentTokens(cmdb, clock)).map((token) => ({ kind: 'enrolment', ...token }));
    const api = (await listApiTokens(cmdb)).map((token) => ({
      kind: 'API',
      ...token,
      state: apiTokenState(token, clock),
    }));
    const tokens = [...enrolment, ...api];
    if (json === true) io.out(JSON.stringify(tokens, null, 2));
    else for (const line of table(tokens.map(row))) io.out(line);
    return 0;
  };
}

interface Listed {
  guid: Guid;
  kind: string;
  name: string;
  state: string;
  expiresAt: string | null;
  maxUses?: number | null;
  usedCount?: number;
  scopes?: readonly string[];
}

function row({ guid, kind, name, state, expiresAt, maxUses, usedCount, scopes }: Listed): string[] {
  const use = scopes?.join(',') ?? `${usedCount} of ${maxUses ?? 'any'}`;
  return [guid, kind, state, use, expiresAt?.slice(0, 10) ?? 'never', name];
}

function table(rows: string[][]): string[] {
  const lines = [['ID', 'KIND', 'STATE', 'USED/SCOPES', 'EXPIRES', 'NAME'], ...rows];
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}

function revoke(args: string[]): ReturnType<Action> {
  const { positionals } = parseArgs({ args, allowPositionals: true });
  // A token writes its id without hyphens.
  const id = positionals[0]?.replace(
    /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/i,
    '$1-$2-$3-$4-$5',
  );
  const guid = parseGuid(id);
  if (guid === undefined || positionals.length !== 1)
    throw new UsageError('Give the id of one token; ns token list shows it');
  return async ({ cmdb, clock }, io) => {
    const isRevoked =
      (await revokeEnrolmentToken(cmdb, clock, ACTOR, guid)) || (await revokeApiToken(cmdb, clock, ACTOR, guid));
    if (isRevoked) io.out(`${guid} is revoked.`);
    else io.err(`There is no token ${guid}, or it was revoked before.`);
    return isRevoked ? 0 : 1;
  };
}

function whole(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= 1 && number <= most) return number;
  throw new UsageError(`--${option} must be a whole number from 1 to ${most}, not "${text}"`);
}

const OPTION_OF: Record<string, string> = {
  name: '--name',
  scopes: '--scopes',
  maxUses: '--uses',
  expiresAt: '--expires',
};

const wrongUse = ({ errors }: InvalidInput): UsageError =>
  new UsageError(errors.map(({ field, message }) => `${OPTION_OF[field] ?? field}: ${message}`).join('\n'));

/** A real server with tokens of each kind, and a client that holds every answer against the description. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../models/clock.ts';
import { migrate } from '../../../models/cmdb/migrate.ts';
import { openCmdb } from '../../../models/cmdb/open.ts';
import type { Schema } from '../../../models/cmdb/schema.ts';
import { createApiToken } from '../../../models/security/apiTokens.ts';
import { seedCmdb } from '../../../models/seed/seed.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { answerFaults } from './describedAnswer.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

export interface Answer {
  status: number;
  headers: Headers;
  body: Json;
}

export interface CallOptions {
  body?: unknown;
  /** Undefined: the token that may read and write; null: none. */
  token?: string | null;
  headers?: Record<string, string>;
}

export interface Api extends TestServer {
  readonly readToken: string;
  readonly writeToken: string;
  /** A new token of these scopes. */
  tokenOf(...scopes: string[]): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  get(path: string): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  remove(path: string): Promise<Answer>;
  /** Everything that a person or program can change, for "nothing was changed". */
  state(): Promise<string>;
  /** Actor, action and kind of what was recorded since the given id. */
  auditSince(id: number): Promise<string[]>;
  lastAuditId(): Promise<number>;
}

const actor = { name: 'test', address: '' };

/** `seeded`: with a small company in its CMDB. */
export async function startApi(options: { seeded?: boolean; environment?: Record<string, string> } = {}): Promise<Api> {
  const dataDir = mkdtempSync(join(tmpdir(), 'ns-api-'));
  if (options.seeded === true) await seed(dataDir);
  const server = await startTestServer({ dataDir, environment: options.environment ?? {} });
  const { cmdb, clock } = server.context;
  const tokenOf = async (...scopes: string[]): Promise<string> =>
    (await createApiToken(cmdb, clock, actor, { name: scopes.join('+'), scopes })).token;
  const both = await tokenOf('read', 'write');

  const call = async (method: string, path: string, { body, token = both, headers = {} }: CallOptions = {}) => {
    const response = await fetch(`${server.http}/api/v1${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = text === '' ? undefined : (JSON.parse(text) as Json);
    const pathname = path.split('?')[0]!;
    expect(answerFaults(method, pathname, response.status, answer), `${method} ${path}`).to.deep.equal([]);
    return { status: response.status, headers: response.headers, body: answer };
  };

  return {
    ...server,
    readToken: await tokenOf('read'),
    writeToken: await tokenOf('write'),
    tokenOf,
    call,
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, { body }),
    patch: (path, body) => call('PATCH', path, { body }),
    remove: (path) => call('DELETE', path),
    state: () => readState(server),
    auditSince: async (id) => {
      const rows = await cmdb.db.selectFrom('AuditEntry').selectAll().where('Id', '>', id).orderBy('Id').execute();
      return rows.map((row) => `${row.Actor} ${row.Action} ${row.ObjectKind}`);
    },
    lastAuditId: async () => {
      const { last } = await cmdb.db
        .selectFrom('AuditEntry')
        .select((row) => row.fn.max('Id').as('last'))
        .executeTakeFirstOrThrow();
      return Number(last ?? 0);
    },
    stop: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function seed(dataDir: string): Promise<void> {
  const cmdb = await openCmdb(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
  await migrate(cmdb);
  const size = { computers: 40, packages: 6, policies: 5, sites: 3, events: 80, seed: 'api', force: false };
  await seedCmdb(cmdb, systemClock, actor, size, () => undefined);
  await cmdb.close();
}

const STATE_TABLES: readonly (keyof Schema)[] = [
  'AgentRegistration',
  'AuditEntry',
  'ConsoleUser',
  'EnrolmentToken',
  'Item',
  'Package',
  'Policy',
  'PolicyTarget',
  'Program',
  'RegistrationRule',
  'Site',
  'Snapshot',
  'Subnet',
  'Target',
  'TargetMember',
];

async function readState({ context: { cmdb } }: TestServer): Promise<string> {
  const tables: unknown[] = [await cmdb.db.selectFrom('ApiToken').select(['Guid', 'RevokedAt']).execute()];
  for (const table of STATE_TABLES) tables.push(await cmdb.db.selectFrom(table).selectAll().execute());
  return JSON.stringify(tables);
}

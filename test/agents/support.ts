/** What the tests of registration share: a clock that stands still, agents with keys, a CMDB with its directory. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { AgentDirectory } from '../../models/agents/directory.ts';
import { register, type RegisterDeps, type Registered } from '../../models/agents/register.ts';
import { RegistrationLimiter } from '../../models/agents/registrationLimiter.ts';
import { readRegistrationRequest } from '../../models/agents/registrationRequest.ts';
import type { Clock } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { braces, type Guid } from '../../wire/guid.ts';
import { parseEnrolmentToken, writeKeyBlob } from '../../wire/proof.ts';
import { xml } from '../../wire/xml.ts';

export const NOON = Date.parse('2030-01-07T12:00:00.000Z');
export const ADMIN = { name: 'jane', address: '10.9.9.9' };
export const PIN = 'ab'.repeat(32);

export interface TestClock extends Clock {
  time: number;
}

export function standingClock(time = NOON): TestClock {
  return {
    time,
    now() {
      return this.time;
    },
  };
}

export const sample = (name: string): string =>
  readFileSync(new URL(`../fixtures/protocol/${name}`, import.meta.url), 'utf8');

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface TestKey {
  privateKey: KeyObject;
  blob: string;
}

export function newKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, blob: writeKeyBlob(publicKey) };
}

/** A blob of the original agents' format: opaque. */
export const OPAQUE_KEY = 'AAAAAQABTUFERS1VUC1TQU1QTEU=';

export interface TestMachine {
  guid?: Guid;
  name?: string;
  policyKey?: string;
  keys?: Record<string, string>;
  /** Text that goes between the keys and the request's end. */
  more?: string;
}

/** A request document of a machine. */
export function requestOf({ guid, name = 'WKS-1', policyKey = '', keys = {}, more = '' }: TestMachine): string {
  const own = guid === undefined ? '' : xml` guid="${braces(guid)}"`;
  const key = policyKey === '' ? '' : xml` policyKey="${policyKey}"`;
  const lines = Object.entries(keys).map(([keyName, value]) => xml`<key name="${keyName}" value="${value}"/>`);
  return xml`<resource${own} name="${name}"${key}>${lines}<regRequest state="new"/></resource>`.text.replace(
    '<regRequest',
    `${more}<regRequest`,
  );
}

export interface World {
  cmdb: AnyCmdb;
  clock: TestClock;
  agents: AgentDirectory;
  deps: RegisterDeps;
  /** Sends a registration request; `token` as an administrator handed it out. */
  ask(machine: TestMachine, sender?: { address?: string; token?: string }): Promise<Registered>;
}

export async function newWorld(cmdb: AnyCmdb, perMinute = 60): Promise<World> {
  const clock = standingClock();
  const agents = await AgentDirectory.load(cmdb);
  const deps = { cmdb, clock, agents, limiter: new RegistrationLimiter(perMinute, clock) };
  return {
    cmdb,
    clock,
    agents,
    deps,
    ask: (machine, { address = '10.1.2.3', token } = {}) =>
      register(deps, readRegistrationRequest(requestOf(machine)), {
        address,
        token: token === undefined ? undefined : parseEnrolmentToken(token),
      }),
  };
}

/** Everything a wrongly accepted request could have changed. */
export async function storedState({ db }: AnyCmdb) {
  return {
    registrations: await db
      .selectFrom('AgentRegistration')
      .select(['Guid', 'ResourceGuid', 'Name', 'KeyHash', 'State', 'DuplicateOfGuid', 'DecidedBy'])
      .orderBy('Guid')
      .execute(),
    resources: await db.selectFrom('Resource').selectAll().orderBy('Guid').execute(),
    keys: await db.selectFrom('ResourceKey').selectAll().orderBy('KeyValue').execute(),
    computers: await db.selectFrom('Computer').selectAll().orderBy('ResourceGuid').execute(),
    aliases: await db.selectFrom('ResourceAlias').selectAll().execute(),
    tokens: await db.selectFrom('EnrolmentToken').select(['Guid', 'UsedCount']).execute(),
  };
}

/** Runs what must be refused and answers the code of the refusal. */
export async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== undefined) return code;
    throw error;
  }
  return 'not refused';
}

/** A request over TLS with the server's own certificate as authority; a body makes it a POST. */
export function overTls(url: string, ca: string, body?: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; text: string; headers: IncomingHttpHeaders }>((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST';
    // The certificate names this machine, not the loopback address; whose it is does not matter here.
    const options = { method, headers, ca, checkServerIdentity: () => undefined, agent: false };
    const sent = request(url, options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
    });
    sent.on('error', reject).end(body);
  });
}

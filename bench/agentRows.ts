/** The agent pages against the bare server (issue: "Speed and memory"). */
import type { KeyObject } from 'node:crypto';
import type { Guid } from '../wire/guid.ts';
import { PAGE, SMA_ID } from '../wire/paths.ts';
import { readPolicyResponse, type PolicyResponse } from '../wire/policy.ts';
import { authorize } from './bearers.ts';
import { compare, type Bench } from './compare.ts';
import { askForPackage, type BenchPackage } from './packages.ts';
import type { Row } from './report.ts';
import { getAt, getPackageInfo, getPolicies, postEvent, postPolicies } from './requests.ts';
import type { Server } from './server.ts';

/** Requests that are in turns: so many computers' policies are fetched beforehand. */
const ROTATION = 2000;
const AT_ONCE = 32;

/** Computers that take turns, evenly over all. */
function someOf(computers: readonly Guid[]): Guid[] {
  const step = Math.max(1, Math.floor(computers.length / ROTATION));
  return computers.filter((_, index) => index % step === 0).slice(0, ROTATION);
}

/** Does something for each computer, some at once; answers in the order of the computers. */
async function forEach<T>(computers: readonly Guid[], work: (computer: Guid) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < computers.length; index = next++) results[index] = await work(computers[index]!);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** What an agent holds when nothing has changed. */
async function fetchPolicies(server: Server, computer: Guid, token?: string): Promise<[Guid, PolicyResponse]> {
  const url = `${server.url}${PAGE.getClientPolicies}?WrkstaGuid=${computer}`;
  const proof: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(url, { headers: { [SMA_ID]: computer, ...proof } });
  if (answer.status !== 200) throw new Error(`the policies of ${computer} were answered ${answer.status}`);
  return [computer, readPolicyResponse(await answer.text())];
}

export async function policyRows(
  bench: Bench,
  server: Server,
  computers: readonly Guid[],
  fleet: number,
): Promise<Row[]> {
  const held = await forEach(someOf(computers), (computer) => fetchPolicies(server, computer));
  const name = `GetClientPolicies unchanged, ${fleet} computers`;
  return [
    await compare(bench, server, {
      name: `${name}, GET`,
      requests: held.map(([computer, policies]) => getPolicies(computer, policies.hash)),
      expect: 200,
      contains: '<policies/>',
      goal: 0.45,
    }),
    await compare(bench, server, {
      name: `${name}, POST`,
      requests: held.map(([computer, policies]) => postPolicies(computer, policies.hashes)),
      expect: 200,
      contains: '<policies/>',
      goal: 0.35,
    }),
  ];
}

/** The same as the first row, by agents that have proved a key and send their bearer. */
export async function bearerRow(
  bench: Bench,
  server: Server,
  computers: readonly Guid[],
  key: KeyObject,
  serverKey: string,
): Promise<Row> {
  const requests = await forEach(computers, async (computer) => {
    const token = await authorize(server, computer, key, serverKey);
    const [, policies] = await fetchPolicies(server, computer, token);
    return getPolicies(computer, policies.hash, `Authorization: Bearer ${token}\r\n`);
  });
  return compare(bench, server, {
    name: 'GetClientPolicies unchanged, GET with bearer',
    requests,
    expect: 200,
    contains: '<policies/>',
    goal: 0.45,
  });
}

export async function packageRows(
  bench: Bench,
  server: Server,
  computers: readonly Guid[],
  made: BenchPackage,
): Promise<Row[]> {
  const asking = someOf(computers);
  const manifests = await forEach(asking, async (computer) => {
    const { snapshot } = await askForPackage(server, computer, made.guid);
    return getAt(snapshot, computer, made.snapshotTag);
  });
  return [
    await compare(bench, server, {
      name: 'GetPackageInfo, GET',
      requests: asking.map((computer) => getPackageInfo(computer, made.guid)),
      expect: 200,
      goal: 0.35,
    }),
    await compare(bench, server, {
      name: 'GetPackageSnapshot, 304',
      requests: manifests,
      expect: 304,
      goal: 0.4,
    }),
  ];
}

/** What events are applied by: beside this row at work on the same core, and a row of its own (drain). */
const PROCESSING_THREADS = 'events';

/** Durable and with processing at work; on the same core, as one process each is compared. Run it last: its queue lasts. */
export async function eventRow(bench: Bench, server: Server, computers: readonly Guid[]): Promise<Row> {
  return compare(bench, server, {
    name: 'PostEvent 2 KB, durable, 64 connections',
    requests: someOf(computers).map((computer, index) => postEvent(computer, index)),
    expect: 200,
    goal: 0.25,
    butThreads: PROCESSING_THREADS,
  });
}

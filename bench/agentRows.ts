/** The agent pages against the bare server (issue: "Speed and memory"). */
import type { Guid } from '../wire/guid.ts';
import { PAGE, SMA_ID } from '../wire/paths.ts';
import { readPolicyResponse, type PolicyResponse } from '../wire/policy.ts';
import { compare, type Bench } from './compare.ts';
import type { BenchPackage } from './packages.ts';
import type { Row } from './report.ts';
import { getAt, getPackageInfo, getPolicies, postEvent, postPolicies } from './requests.ts';
import type { Server } from './server.ts';

/** Requests that are in turns: so many computers' policies are fetched beforehand. */
const ROTATION = 2000;
const AT_ONCE = 32;

/** Policies of some computers, spread over all of them: what those agents hold when nothing has changed. */
async function fetchPolicies(server: Server, computers: readonly Guid[]): Promise<Map<Guid, PolicyResponse>> {
  const step = Math.max(1, Math.floor(computers.length / ROTATION));
  const waiting = computers.filter((_, index) => index % step === 0).slice(0, ROTATION);
  const held = new Map<Guid, PolicyResponse>();
  const worker = async (): Promise<void> => {
    for (let computer = waiting.pop(); computer !== undefined; computer = waiting.pop()) {
      const url = `${server.url}${PAGE.getClientPolicies}?WrkstaGuid=${computer}`;
      const answer = await fetch(url, { headers: { [SMA_ID]: computer } });
      if (answer.status !== 200) throw new Error(`the policies of ${computer} were answered ${answer.status}`);
      held.set(computer, readPolicyResponse(await answer.text()));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return held;
}

export async function policyRows(bench: Bench, server: Server, computers: readonly Guid[]): Promise<Row[]> {
  const held = await fetchPolicies(server, computers);
  const name = `GetClientPolicies unchanged, ${computers.length} computers`;
  return [
    await compare(bench, server, {
      name: `${name}, GET`,
      requests: Array.from(held, ([computer, policies]) => getPolicies(computer, policies.hash)),
      expect: 200,
      contains: '<policies/>',
      goal: 0.45,
    }),
    await compare(bench, server, {
      name: `${name}, POST`,
      requests: Array.from(held, ([computer, policies]) => postPolicies(computer, policies.hashes)),
      expect: 200,
      contains: '<policies/>',
      goal: 0.35,
    }),
  ];
}

export async function packageRows(
  bench: Bench,
  server: Server,
  computers: readonly Guid[],
  made: BenchPackage,
): Promise<Row[]> {
  const asking = computers.slice(0, ROTATION);
  return [
    await compare(bench, server, {
      name: 'GetPackageInfo, GET',
      requests: asking.map((computer) => getPackageInfo(computer, made.guid)),
      expect: 200,
      goal: 0.35,
    }),
    await compare(bench, server, {
      name: 'GetPackageSnapshot, 304',
      requests: asking.map((computer) => getAt(made.snapshotUrl, computer, made.snapshotTag)),
      expect: 304,
      goal: 0.4,
    }),
  ];
}

/** Durable and with processing at work; on the same core, as one process each is compared. Run it last: its queue lasts. */
export async function eventRow(bench: Bench, server: Server, computers: readonly Guid[]): Promise<Row> {
  return compare(bench, server, {
    name: 'PostEvent 2 KB, durable, 64 connections',
    requests: computers.slice(0, ROTATION).map((computer, index) => postEvent(computer, index)),
    expect: 200,
    goal: 0.25,
  });
}

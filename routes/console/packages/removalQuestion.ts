/** Before packages are switched off or deleted: policies that stop delivering, servers that drop them, bytes freed. */
import type { AppContext } from '../../../app/context.ts';
import {
  bytesFreed,
  policiesOfPackages,
  serversThatDrop,
  type DroppingServer,
  type LosingPolicy,
} from '../../../models/packages/removalEffect.ts';
import { countManagedComputers } from '../../../models/targets/targetStore.ts';
import type { Guid } from '../../../wire/guid.ts';
import { counted, formatBytes, formatNumber } from '../format.ts';

export interface Effect {
  /** Whole sentences. */
  text: string;
  /** One line for each policy and server. */
  items: string[];
}

const POLICIES = ['policy', 'policies'] as const;
const SERVERS = ['package server', 'package servers'] as const;

export async function disablingEffect(context: AppContext, guids: readonly Guid[]): Promise<Effect> {
  const policies = (await policiesOfPackages(context.cmdb, guids)).filter(({ isEnabled }) => isEnabled);
  const servers = serversThatDrop(context, guids);
  const stops =
    policies.length === 0
      ? 'No policy that is switched on delivers it.'
      : `${counted(policies.length, POLICIES)} ${policies.length === 1 ? 'stops' : 'stop'} delivering.`;
  return {
    text: `${stops} ${dropping(servers)} Snapshots and programs stay, and so does what is installed on computers.`,
    items: [...(await policyLines(context, policies)), ...serverLines(servers)],
  };
}

export async function deletingEffect(context: AppContext, guids: readonly Guid[]): Promise<Effect> {
  const servers = serversThatDrop(context, guids);
  const freed = await bytesFreed(context.cmdb, guids);
  const here = freed === undefined ? '' : ` ${formatBytes(freed)} of the server’s store are freed.`;
  const go = guids.length === 1 ? 'The package goes with its' : 'The packages go with their';
  return {
    text: `${go} programs and snapshots. ${dropping(servers)}${here} Source folders are not touched, and what is installed on computers stays installed.`,
    items: serverLines(servers),
  };
}

function dropping(servers: readonly DroppingServer[]): string {
  if (servers.length === 0) return 'No package server holds it.';
  const bytes = servers.reduce((sum, server) => sum + server.bytes, 0);
  return `${counted(servers.length, SERVERS)} ${servers.length === 1 ? 'drops' : 'drop'} ${formatBytes(bytes)} when the time for unused packages is over.`;
}

async function policyLines(
  { cmdb, policies: index }: AppContext,
  policies: readonly LosingPolicy[],
): Promise<string[]> {
  const reach = policies.map(({ guid }) => index.reachOf(guid));
  const all = reach.includes('all') ? await countManagedComputers(cmdb) : 0;
  return policies.map(({ name }, place) => {
    const computers = reach[place] === 'all' ? all : reach[place];
    return computers === undefined
      ? `Policy ${name}`
      : `Policy ${name}: ${counted(computers, ['computer', 'computers'])}`;
  });
}

const serverLines = (servers: readonly DroppingServer[]): string[] =>
  servers.map(
    ({ name, packages, bytes }) =>
      `${name} drops ${packages === 1 ? '' : `${formatNumber(packages)} packages, `}${formatBytes(bytes)}`,
  );

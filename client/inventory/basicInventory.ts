/**
 * Basic inventory (events-nse.md section 4): full at start and once per interval, in between only the classes that
 * changed. Hashes leave out what changes by itself, as the original's list of hashes does.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { localTime, nseClass, type NseClass } from '../../wire/nse.ts';
import { readJson, writeJson } from '../base/files.ts';
import type { HostFacts, UserName } from './facts.ts';
import { uniqueId } from './host.ts';
import { connectivityRow, ipv6Rows, roleRows, serviceRows } from './moreClasses.ts';
import { subnetOf } from './network.ts';

const AGENT_NAME = 'Notification Server Agent';

interface Block {
  dataClass: NseClass;
  hash: string;
}

export interface MoreFacts {
  /** Whom the agent talks to. */
  server?: URL | undefined;
  /** Who was logged on longest; without it who is logged on now. */
  primaryUser?: UserName | undefined;
}

export function inventoryBlocks(facts: HostFacts, agentVersion: string, now: Date, more: MoreFacts = {}): Block[] {
  const identification = {
    name: facts.hostName,
    domain: facts.domain,
    fqdn: facts.fqdn,
    osName: facts.osName,
    osVersion: facts.osVersion,
    systemType: facts.architecture,
    lastLogonUser: facts.userDomain === '' ? facts.user : `${facts.userDomain}\\${facts.user}`,
    osBuildNumber: facts.osBuild,
    timeZone: facts.timeZone,
    uniqueId: uniqueId(facts),
    systemManufacturer: facts.manufacturer,
    systemModel: facts.model,
  };
  const clientDate = localTime(now, now.getTimezoneOffset());
  return [
    { dataClass: nseClass('identification', [{ ...identification, clientDate }]), hash: hashOf(identification) },
    block(nseClass('tcpip', tcpipRows(facts))),
    block(
      nseClass('clientAgent', [
        { agentName: AGENT_NAME, productVersion: agentVersion, installPath: join(import.meta.dirname, '..') },
      ]),
    ),
    ...primaryUserBlock(more.primaryUser ?? { user: facts.user, domain: facts.userDomain }, now),
    block(
      nseClass('virtualMachine', [{ isVirtual: facts.hypervisor === '' ? '0' : '1', hypervisor: facts.hypervisor }]),
    ),
    block(nseClass('tcpipv6', ipv6Rows(facts))),
    ...(facts.roles.length === 0 ? [] : [block(nseClass('roles', roleRows(facts)))]),
    ...(facts.services.length === 0 ? [] : [block(nseClass('ntServices', serviceRows(facts)))]),
    ...(more.server === undefined ? [] : [connectivityBlock(facts, more.server, now)]),
  ];
}

function connectivityBlock(facts: HostFacts, server: URL, now: Date): Block {
  const { row, lasting } = connectivityRow(facts, server, now);
  return { dataClass: nseClass('clientConnectivity', [row]), hash: hashOf(lasting) };
}

function tcpipRows(facts: HostFacts) {
  return facts.addresses.map((address) => ({
    hostName: facts.hostName,
    primaryDnsSuffix: facts.domain.includes('.') ? facts.domain : '',
    ipAddress: address.address,
    subnetMask: address.mask,
    subnet: subnetOf(address.address, address.mask),
    macAddress: address.mac,
    defaultGateway: address.family === 4 ? facts.gateways[address.adapter] : undefined,
    dnsServer1: facts.dnsServers[0],
    dnsServer2: facts.dnsServers[1],
    adapter: address.adapter,
    dhcpEnabled: address.adapter in facts.dhcp ? (facts.dhcp[address.adapter] ? '1' : '0') : undefined,
  }));
}

function primaryUserBlock({ user, domain }: UserName, now: Date): Block[] {
  if (user === '') return [];
  const month = String(now.getMonth() + 1);
  const year = String(now.getFullYear());
  return [block(nseClass('primaryUser', [{ month, year, user, domain, serverGenerated: '0' }]))];
}

function block(dataClass: NseClass): Block {
  return { dataClass, hash: hashOf(dataClass.rows) };
}

function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64');
}

interface Sent {
  fullAt: number;
  hashes: Record<string, string>;
}

/** Remembers what was sent, so that only news go out between two full inventories. */
export class SentInventory {
  readonly #path: string;
  #sent: Sent | undefined;
  #startedFull = false;

  constructor(stateFolder: string) {
    this.#path = join(stateFolder, 'inventory.json');
    this.#sent = readJson<Sent>(this.#path);
  }

  /** Milliseconds since 1970 when the next full inventory is due. */
  dueAt(intervalMs: number): number {
    return this.#sent === undefined || !this.#startedFull ? 0 : this.#sent.fullAt + intervalMs;
  }

  /** The classes to send now: all when a full inventory is due, else those that differ from what was sent last. */
  select(blocks: readonly Block[], intervalMs: number, now: number): NseClass[] {
    const isFull = now >= this.dueAt(intervalMs);
    return blocks
      .filter(({ dataClass, hash }) => isFull || this.#sent?.hashes[dataClass.guid] !== hash)
      .map(({ dataClass }) => dataClass);
  }

  /** Call it once the event is in the queue for good. */
  remember(blocks: readonly Block[], intervalMs: number, now: number): void {
    const fullAt = now >= this.dueAt(intervalMs) ? now : this.#sent!.fullAt;
    this.#sent = {
      fullAt,
      hashes: Object.fromEntries(blocks.map(({ dataClass, hash }) => [dataClass.guid, hash])),
    };
    this.#startedFull = true;
    writeJson(this.#path, this.#sent);
  }

  /** The server lost or renamed this computer: everything anew. */
  forget(): void {
    this.#startedFull = false;
  }
}

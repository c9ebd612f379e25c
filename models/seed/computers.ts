/** What a seeded computer is: facts only; computerRows.ts turns them into rows. */
import type { Guid } from '../../wire/guid.ts';
import {
  AGENT_VERSIONS,
  FIRST_NAMES,
  LAST_NAMES,
  MAC_PREFIXES,
  MACHINE_KINDS,
  MODELS,
  SYSTEMS,
  type MachineKind,
  type OperatingSystem,
} from './company.ts';
import type { Random } from './random.ts';
import { addressIn, type SeededSite } from './sites.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export interface SeededComputer {
  guid: Guid;
  name: string;
  kind: MachineKind;
  site: SeededSite;
  fqdn: string;
  system: OperatingSystem;
  maker: string;
  model: string;
  address: string;
  network: string;
  gateway: string;
  mac: string;
  uniqueId: string;
  agentVersion: string;
  /** Empty on servers. */
  user: string;
  /** Milliseconds since 1970. */
  registeredAt: number;
  lastContactAt: number;
  lastInventoryAt: number;
}

/** `number`: which computer of its site this is; `firstNumber`: added to it in the name, so that names go on. */
export function makeComputer(
  random: Random,
  site: SeededSite,
  number: number,
  firstNumber: number,
  now: number,
): SeededComputer {
  const kind = random.weighted(MACHINE_KINDS);
  const name = `${site.code}-${kind}-${String(firstNumber + number + 1).padStart(5, '0')}`;
  const [maker, model] = random.pick(MODELS[kind]);
  const registeredAt = now - random.between(31 * DAY, 900 * DAY);
  const lastContactAt = now - silence(random);
  return {
    guid: random.guid(),
    name,
    kind,
    site,
    fqdn: `${name.toLowerCase()}.${site.office.dnsSuffix}`,
    system: random.weighted(SYSTEMS[kind]),
    maker,
    model,
    ...addressIn(site, number),
    mac: `${random.pick(MAC_PREFIXES[kind])}-${random.hex(6).replace(/(..)(?=.)/g, '$1-')}`.toUpperCase(),
    uniqueId: random.hex(32),
    agentVersion: random.weighted(AGENT_VERSIONS),
    user: kind === 'SRV' ? '' : `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}`,
    registeredAt,
    lastContactAt,
    // Inventory goes out once a day; a computer that is silent sent its last one within the day before.
    lastInventoryAt: lastContactAt - random.between(0, DAY),
  };
}

/** Milliseconds since the last contact: nearly all within the hourly interval, some over night, a few for weeks. */
function silence(random: Random): number {
  const [least, most] = random.weighted<readonly [number, number]>([
    [905, [MINUTE / 2, HOUR]],
    [60, [HOUR, DAY]],
    [22, [DAY, 13 * DAY]],
    [13, [14 * DAY, 70 * DAY]],
  ]);
  return random.between(least, most);
}

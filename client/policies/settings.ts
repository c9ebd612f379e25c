/** The agent settings policy: it controls how the agent talks to the server (policies-and-schedules.md section 1). */
import { AGENT_CLSID } from '../../wire/wellKnown.ts';
import { child, childrenNamed, type XmlElement } from '../../wire/xml.ts';
import type { CachedPolicy } from './cache.ts';

export interface Blockout {
  /** `total`: no word to the server; `download`: no files only. */
  type: 'total' | 'download';
  /** Minutes since midnight. */
  startMinute: number;
  durationMinutes: number;
  /** 0 is Sunday. */
  days: readonly number[];
}

export interface CommunicationSettings {
  policyIntervalMs: number;
  inventoryIntervalMs: number;
  /** Longest random wait at start-up and after a blockout (KB 179954). */
  randomDelayMs: number;
  blockouts: readonly Blockout[];
  blockoutsUseUtc: boolean;
}

/** Vendor defaults [observed, 8.8]; they hold until a policy says otherwise. */
export const defaultCommunication: CommunicationSettings = {
  policyIntervalMs: 3_600_000,
  inventoryIntervalMs: 86_400_000,
  randomDelayMs: 0,
  blockouts: [],
  blockoutsUseUtc: false,
};

export function communicationSettings(policies: Iterable<CachedPolicy>): CommunicationSettings {
  for (const policy of policies) {
    const own = policy.clientPolicies.find((part) => part.attributes.agentClsid === AGENT_CLSID.settings);
    if (own !== undefined) return readCommunication(own);
  }
  return defaultCommunication;
}

function readCommunication(clientPolicy: XmlElement): CommunicationSettings {
  const communications = child(clientPolicy, 'Communications');
  const interval = (name: string, whenMissing: number): number =>
    seconds(child(communications, name)?.attributes.Interval, whenMissing);
  const transfer = child(communications, 'DataTransfer')?.attributes;
  return {
    policyIntervalMs: interval('ClientPoliciesRequest', defaultCommunication.policyIntervalMs),
    inventoryIntervalMs: interval('BasicInventory', defaultCommunication.inventoryIntervalMs),
    randomDelayMs: Math.min(Math.max(Number(transfer?.randomBlockoutMax) || 0, 0), 1440) * 60_000,
    blockouts: readBlockouts(child(communications, 'Blockouts') ?? child(clientPolicy, 'Blockouts')),
    blockoutsUseUtc: transfer?.blockoutUseUTC?.toLowerCase() === 'true',
  };
}

// A policy that asks for less than a second or more than 30 days is a mistake, not a wish.
function seconds(text: string | undefined, whenMissing: number): number {
  const number = Number(text);
  return number >= 1 && number <= 2_592_000 ? number * 1000 : whenMissing;
}

function readBlockouts(container: XmlElement | undefined): Blockout[] {
  return childrenNamed(container, 'Blockout').flatMap(({ attributes }): Blockout[] => {
    const start = /^(\d{1,2}):(\d\d)/.exec(attributes.Start ?? '');
    const durationMinutes = Number(attributes.DurationMinutes);
    const type = attributes.Type?.toLowerCase();
    if (start === null || !(durationMinutes > 0) || (type !== 'total' && type !== 'download')) return [];
    const days = (attributes.Days ?? '')
      .split(',')
      .filter((day) => /^\s*[0-6]\s*$/.test(day))
      .map(Number);
    return [{ type, startMinute: Number(start[1]) * 60 + Number(start[2]), durationMinutes, days }];
  });
}

const DAY_MINUTES = 1440;

/**
 * Milliseconds until the blockouts that hold now are over; 0 when there is none. A total blockout holds downloads too.
 */
export function blockedFor(settings: CommunicationSettings, type: Blockout['type'], now: Date): number {
  const zone = settings.blockoutsUseUtc ? 0 : now.getTimezoneOffset();
  const local = new Date(now.getTime() - zone * 60_000);
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes() + local.getUTCSeconds() / 60;
  const day = local.getUTCDay();
  let left = 0;
  for (const blockout of settings.blockouts) {
    if (type === 'total' && blockout.type !== 'total') continue;
    // One that began yesterday may still last: at most a day (1440 minutes).
    for (const [onDay, since] of [
      [day, minute - blockout.startMinute],
      [(day + 6) % 7, minute + DAY_MINUTES - blockout.startMinute],
    ] as const) {
      if (!blockout.days.includes(onDay) || since < 0) continue;
      left = Math.max(left, blockout.durationMinutes - since);
    }
  }
  return left * 60_000;
}

/** Evidence in plain words. */
import type { ConflictRow } from '../../../models/resources/conflictList.ts';

const KEY_NAMES: Readonly<Record<string, string>> = {
  uniqueid: 'hardware id',
  uuid: 'hardware UUID',
  serialnumber: 'serial number',
  macaddress: 'MAC address',
  'name.domain': 'name and domain',
};

/** `hardware id 4711…` of `uniqueid=4711…` */
export function keyWords(text: string): string {
  const cut = text.indexOf('=');
  const name = text.slice(0, cut);
  return `${KEY_NAMES[name] ?? name} ${text.slice(cut + 1)}`;
}

export function conflictTitle({ kind, resourceName, otherName }: ConflictRow): string {
  if (kind === 'shared') return `Several machines are ${resourceName}`;
  return resourceName.toLowerCase() === otherName.toLowerCase()
    ? `Two computers are called ${resourceName}`
    : `${resourceName} and ${otherName} look like one computer`;
}

/** Why it is thought so, in a sentence or two. */
export function conflictReason({ kind, keys, timesSeen }: ConflictRow): string {
  if (kind === 'shared') {
    const turns = timesSeen === 1 ? 'once' : `${timesSeen.toLocaleString('en-US')} times`;
    return `The hardware under this GUID went to another machine’s and came back, ${turns} so far. That happens when a disk image holds an installed agent.`;
  }
  const names = keys.map((key) => key.slice(0, key.indexOf('=')));
  const onlyName = names.every((name) => name === 'name.domain');
  if (onlyName)
    return 'Both have the same name and domain. Often one of them was installed anew and the other is its past.';
  return `Both have the same ${[...new Set(names)].map((name) => KEY_NAMES[name] ?? name).join(' and ')}: one machine is known under two GUIDs.`;
}

/** Is this the same machine? Told by the keys that come from its hardware, never by its name or address. */
import { createHash } from 'node:crypto';

/** Made of parts that two machines do not share (agent-contract.md 4.1). */
const STRONG = ['uniqueid', 'uuid', 'serialnumber'];
/** Docking stations and adapters wander from machine to machine. */
const WEAK = ['macaddress'];
const NAMES = new Set([...STRONG, ...WEAK]);

/** What vendors leave in the firmware when they fill in nothing: thousands of machines have it. */
const PLACEHOLDER =
  /^(|0+|f+|none|n\/a|unknown|default string|not (specified|applicable|available)|system serial number|to be filled by o\.?e\.?m\.?|[0f]{8}-([0f]{4}-){3}[0f]{12}|(00|ff)([:-](00|ff)){5})$/;

export interface Key {
  name: string;
  value: string;
}

/** Hardware keys of one machine as `name=value`, lower case, sorted; `hash` tells two sets apart. */
export interface Hardware {
  keys: readonly string[];
  hash: string;
}

export const isHardwareKey = (name: string): boolean => NAMES.has(name.toLowerCase());

/** True for a value that says nothing about the machine. */
export const isPlaceholder = (value: string): boolean => PLACEHOLDER.test(value.trim().toLowerCase());

/** The hardware keys among `keys`; `undefined` when there is none to go by. */
export function hardwareOf(keys: readonly Key[]): Hardware | undefined {
  const telling = keys
    .map(({ name, value }) => ({ name: name.trim().toLowerCase(), value: value.trim().toLowerCase() }))
    .filter(({ name, value }) => NAMES.has(name) && !isPlaceholder(value))
    .map(({ name, value }) => `${name}=${value}`);
  return telling.length === 0 ? undefined : hardwareFrom(telling);
}

/** From keys as they are kept. */
export function hardwareFrom(texts: readonly string[]): Hardware {
  const keys = [...new Set(texts)].sort();
  return { keys, hash: createHash('sha256').update(keys.join('\n')).digest('hex').slice(0, 32) };
}

/**
 * True when two sets of keys cannot be of one machine: both have a key of some name and no value in common. A strong key
 * in common outweighs everything: a new network adapter does not make another machine. Sets that have no name in common
 * tell nothing.
 */
export function areApart(a: Hardware, b: Hardware): boolean {
  const strong = compare(a, b, STRONG);
  if (strong !== 'nothing') return strong === 'apart';
  return compare(a, b, WEAK) === 'apart';
}

/** True when the sets are known to be of one machine. */
export function areSame(a: Hardware, b: Hardware): boolean {
  const strong = compare(a, b, STRONG);
  return strong === 'nothing' ? compare(a, b, WEAK) === 'same' : strong === 'same';
}

function compare(a: Hardware, b: Hardware, names: readonly string[]): 'same' | 'apart' | 'nothing' {
  let result: 'apart' | 'nothing' = 'nothing';
  for (const name of names) {
    const [ours, theirs] = [valuesOf(a, name), valuesOf(b, name)];
    if (ours.length === 0 || theirs.length === 0) continue;
    if (ours.some((value) => theirs.includes(value))) return 'same';
    result = 'apart';
  }
  return result;
}

const valuesOf = ({ keys }: Hardware, name: string): string[] => keys.filter((key) => key.startsWith(`${name}=`));

/** Sets of keys by machine: each set goes to the first machine that it is not apart from. */
export function machinesOf<T extends { hardware: Hardware }>(sets: readonly T[]): T[][] {
  const machines: T[][] = [];
  for (const set of sets) {
    const known = machines.find((machine) => machine.some((other) => areSame(other.hardware, set.hardware)));
    if (known === undefined) machines.push([set]);
    else known.push(set);
  }
  return machines;
}

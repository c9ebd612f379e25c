/** Subnets inside subnets: which lies in which, who wins, and whether somebody should look at it. */
import type { Guid } from '../../wire/guid.ts';
import { addressBytes } from './address.ts';

export interface NestedSubnet {
  /** `network/prefix` */
  text: string;
  siteGuid: Guid | null;
  siteName: string | null;
}

/**
 * `same`: both in one site, nothing comes of it. `outside`: the wider one is in no site. `other`: in another site.
 * `none`: in no site, inside a site's subnet.
 */
export type OverlapKind = 'same' | 'outside' | 'other' | 'none';

export interface Overlap {
  /** The narrowest subnet that it lies in, as `network/prefix`. */
  within: string;
  kind: OverlapKind;
  /** One sentence: what lies in what, and whose the computers are. */
  reason: string;
}

/** Of these somebody should know: computers are in another site than the wider subnet says. */
export const isTelling = ({ kind }: Overlap): boolean => kind === 'other' || kind === 'none';

/** Every list needs the order of all subnets, mostly of the same ones; reading their addresses took most of its time. */
const orders = new Map<string, string>();
const MOST_ORDERS = 50_000;

/** Sorts as addresses do, a wider subnet before those in it: the family, 8 or 32 hex digits and the prefix. */
export function orderOf(text: string): string {
  let order = orders.get(text);
  if (order === undefined) {
    if (orders.size >= MOST_ORDERS) orders.clear();
    orders.set(text, (order = readOrder(text)));
  }
  return order;
}

function readOrder(text: string): string {
  const [network, prefix] = text.split('/') as [string, string];
  const bytes = addressBytes(network) ?? [];
  return `${bytes.length === 4 ? '4' : '6'}${Buffer.from(bytes).toString('hex')}/${prefix.padStart(3, '0')}`;
}

/** The overlap of each subnet that lies in another, by its text. One pass over the subnets in order. */
export function overlapsOf<S extends NestedSubnet>(subnets: readonly S[]): Map<string, Overlap> {
  const sorted = subnets
    .map((subnet) => ({ subnet, order: orderOf(subnet.text) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const overlaps = new Map<string, Overlap>();
  const around: typeof sorted = [];
  for (const one of sorted) {
    // Whatever does not begin like this one ends before it: nothing that comes later lies in it.
    while (around.length > 0 && !contains(around.at(-1)!.order, one.order)) around.pop();
    const wider = around.at(-1)?.subnet;
    if (wider !== undefined) overlaps.set(one.subnet.text, overlapOf(one.subnet, wider));
    around.push(one);
  }
  return overlaps;
}

/** Whether the second lies in the first, of two orders: the same family and, as far as the first prefix goes, the same bits. */
function contains(wider: string, narrower: string): boolean {
  const prefix = Number(wider.slice(-3));
  const digits = 1 + (prefix >> 2);
  if (!narrower.startsWith(wider.slice(0, digits))) return false;
  const rest = 4 - (prefix & 3);
  return rest === 4 || digitAt(wider, digits) >> rest === digitAt(narrower, digits) >> rest;
}

const digitAt = (order: string, index: number): number => parseInt(order[index]!, 16);

function overlapOf(subnet: NestedSubnet, wider: NestedSubnet): Overlap {
  const kind = kindOf(subnet, wider);
  const own = subnet.siteName === null ? 'in no site' : `in ${subnet.siteName}`;
  const lies =
    kind === 'same'
      ? `${subnet.text} lies in ${wider.text}, ${own} as well`
      : `${subnet.text} ${own} lies in ${wider.text} in ${wider.siteName ?? 'no site'}`;
  return { within: wider.text, kind, reason: `${lies}: computers in it are ${own}.` };
}

function kindOf({ siteGuid }: NestedSubnet, wider: NestedSubnet): OverlapKind {
  if (siteGuid === wider.siteGuid) return 'same';
  if (wider.siteGuid === null) return 'outside';
  return siteGuid === null ? 'none' : 'other';
}

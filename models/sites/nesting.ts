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

/** Sorts as addresses do, a wider subnet before those in it: 8 or 32 hex digits and the prefix. */
export function orderOf(text: string): string {
  const [network, prefix] = text.split('/') as [string, string];
  const bytes = addressBytes(network) ?? [];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${bytes.length === 4 ? '4' : '6'}${hex}/${prefix.padStart(3, '0')}`;
}

/** The overlap of each subnet that lies in another, by its text. One pass over the subnets in order. */
export function overlapsOf<S extends NestedSubnet>(subnets: readonly S[]): Map<string, Overlap> {
  const sorted = subnets
    .map((subnet) => ({ subnet, order: orderOf(subnet.text), prefix: Number(subnet.text.split('/')[1]) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1));
  const overlaps = new Map<string, Overlap>();
  const around: { subnet: S; bits: string }[] = [];
  for (const { subnet, order, prefix } of sorted) {
    const bits = bitsOf(order);
    // Whatever does not begin like this one ends before it: nothing that comes later lies in it.
    while (around.length > 0 && !bits.startsWith(around.at(-1)!.bits)) around.pop();
    const wider = around.at(-1)?.subnet;
    if (wider !== undefined) overlaps.set(subnet.text, overlapOf(subnet, wider));
    around.push({ subnet, bits: bits.slice(0, prefix + 1) });
  }
  return overlaps;
}

/** The family's digit, then the bits of the network. */
const bitsOf = (order: string): string =>
  order[0]! +
  [...order.slice(1, order.indexOf('/'))].map((digit) => parseInt(digit, 16).toString(2).padStart(4, '0')).join('');

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

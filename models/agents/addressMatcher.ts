/** Is an address in one of some ranges? For legacy agents and for registration rules. */
import { BlockList, isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** True when the address lies in one of the configured ranges. Build once, ask often. */
export type AddressMatcher = (address: string) => boolean;

/** A single address or a range such as 10.1.0.0/16, in either family. */
export function isAddressRange(text: string): boolean {
  return text.includes('/') ? ipaddr.isValidCIDR(text) : ipaddr.isValid(text);
}

/** Takes addresses and CIDR ranges; an IPv4 range holds its IPv6-mapped addresses too. @throws when one is neither */
export function addressMatcher(ranges: readonly string[]): AddressMatcher {
  if (ranges.length === 0) return () => false;
  const list = new BlockList();
  for (const range of ranges) {
    // ipaddr.js reads short forms (10.1) that Node does not: what is added is its own spelling.
    const [address, bits] = range.includes('/') ? ipaddr.parseCIDR(range) : [ipaddr.parse(range), undefined];
    if (bits === undefined) list.addAddress(address.toString(), address.kind());
    else list.addSubnet(address.toString(), bits, address.kind());
  }
  return (address) => {
    const zone = address.indexOf('%');
    const plain = zone === -1 ? address : address.slice(0, zone);
    const family = isIP(plain);
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4');
  };
}

/** Addresses and subnets in the one form in which they are compared and kept. */
import ipaddr from 'ipaddr.js';

/** Network bytes: 4 or 16. An IPv4 address that is mapped into IPv6 is the IPv4 address. */
export function addressBytes(text: string): number[] | undefined {
  const trimmed = text.trim();
  // Strictly four decimal parts: other programs read 010.0.0.1 and 10.1 as different addresses than people do.
  const four = fourBytes(trimmed);
  if (four !== undefined) return four;
  if (!trimmed.includes(':')) return undefined;
  // The zone of a link-local address (`%eth0`) says nothing to anybody but its host.
  const withoutZone = trimmed.replace(/%.*$/, '');
  if (!ipaddr.IPv6.isValid(withoutZone)) return undefined;
  const address = ipaddr.IPv6.parse(withoutZone);
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toByteArray() : address.toByteArray();
}

/** Read on each package request, and by ipaddr.js many times as long, which knows more spellings. */
function fourBytes(text: string): number[] | undefined {
  const bytes = [0, 0, 0, 0];
  let [part, digits] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || ++part === 4) return undefined;
      digits = 0;
    } else {
      const isAfterZero = digits > 0 && bytes[part] === 0;
      if (code < ZERO || code > ZERO + 9 || isAfterZero) return undefined;
      bytes[part] = bytes[part]! * 10 + code - ZERO;
      if (bytes[part]! > 255) return undefined;
      digits++;
    }
  }
  return part === 3 && digits > 0 ? bytes : undefined;
}

const DOT = 46;
const ZERO = 48;

export function addressText(bytes: readonly number[]): string {
  const address = ipaddr.fromByteArray([...bytes]);
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
}

export interface Network {
  bytes: number[];
  prefixLength: number;
  /** Canonical text of the network address. */
  network: string;
}

/** What is wrong with a subnet as somebody typed it. */
export class SubnetFault extends Error {
  override name = 'SubnetFault';
}

/** Reads `10.1.0.0/16`, `10.1.0.0/255.255.0.0` or `2001:db8::/32`. @throws SubnetFault */
export function parseNetwork(text: string): Network {
  const slash = text.indexOf('/');
  if (slash === -1) throw new SubnetFault('Enter a subnet with its prefix, such as 10.1.0.0/16 or 2001:db8::/32.');
  const given = addressBytes(text.slice(0, slash));
  if (given === undefined) throw new SubnetFault(`${text.slice(0, slash).trim()} is not an address.`);
  const isMapped = given.length === 4 && text.includes(':');
  // ::ffff:10.0.0.0/104 is 10.0.0.0/8.
  const prefixLength = prefixOf(text.slice(slash + 1).trim(), isMapped ? 128 : given.length * 8) - (isMapped ? 96 : 0);
  if (prefixLength < 0) throw new SubnetFault('A subnet of mapped IPv4 addresses begins at /96.');
  const bytes = given.map((byte, index) => byte & maskByte(prefixLength, index));
  const network = addressText(bytes);
  // Taken as it stands it would be another subnet than was typed: somebody has to say which of the two is meant.
  if (bytes.some((byte, index) => byte !== given[index])) {
    throw new SubnetFault(
      `The address has bits behind the prefix: ${network}/${prefixLength} is the subnet it lies in.`,
    );
  }
  return { bytes, prefixLength, network };
}

function prefixOf(text: string, bits: number): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= bits) return Number(text);
  if (bits === 32 && ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const prefix = ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask();
    if (prefix !== null) return prefix;
  }
  throw new SubnetFault(`/${text} is not a prefix length of such an address.`);
}

const maskByte = (prefixLength: number, index: number): number =>
  (0xff00 >> Math.min(8, Math.max(0, prefixLength - index * 8))) & 0xff;

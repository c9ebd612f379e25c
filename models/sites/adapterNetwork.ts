/** The network that an adapter stands in, from its address and mask as inventory tells them. */
import { addressBytes, addressText, type Network } from './address.ts';

/** Only a `network` is one that somebody would give to a site; the others are told apart so that they can be hidden. */
export const NETWORK_KINDS = ['network', 'virtual', 'host', 'linkLocal', 'loopback'] as const;
export type NetworkKind = (typeof NETWORK_KINDS)[number];

export interface AdapterNetwork extends Network {
  kind: NetworkKind;
}

/**
 * @param mask `255.255.252.0`, `ffff:ffff::` or the prefix length
 * @param adapter its name, which tells bridges of containers and virtual machines
 * @returns undefined when one of them says nothing
 */
export function adapterNetwork(address: string, mask: string, adapter: string): AdapterNetwork | undefined {
  const given = addressBytes(address);
  if (given === undefined || given.every((byte) => byte === 0)) return undefined;
  const prefixLength = prefixOfMask(mask.trim(), given.length * 8);
  if (prefixLength === undefined || prefixLength === 0) return undefined;
  const bytes = given.map((byte, index) => byte & (0xff00 >> clamp(prefixLength - index * 8)));
  return { bytes, prefixLength, network: addressText(bytes), kind: kindOf(bytes, prefixLength, adapter) };
}

const clamp = (bits: number): number => Math.min(8, Math.max(0, bits));

function prefixOfMask(mask: string, bits: number): number | undefined {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= bits ? Number(mask) : undefined;
  const bytes = addressBytes(mask);
  if (bytes?.length !== bits / 8) return undefined;
  const text = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(text) ? text.replace(/0+$/, '').length : undefined;
}

function kindOf(bytes: readonly number[], prefixLength: number, adapter: string): NetworkKind {
  const [first, second] = bytes as [number, number];
  const isIpv4 = bytes.length === 4;
  if (isIpv4 ? first === 127 : bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))) return 'loopback';
  if (isIpv4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80) return 'linkLocal';
  // A dialled line or a tunnel: an address of one machine is no place.
  if (prefixLength === bytes.length * 8) return 'host';
  // 172.17.0.0/16 is what Docker takes on every machine, whatever the bridge is called.
  const isDocker = isIpv4 && first === 172 && second === 17 && prefixLength === 16;
  return isDocker || VIRTUAL.test(adapter.trim()) ? 'virtual' : 'network';
}

const VIRTUAL =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|cali|tailscale|utun)|vEthernet|VMware Network Adapter|VirtualBox|Hyper-V|\bWSL\b/i;

/**
 * The list of packages that a package server is to hold, which may be thousands. Its policy names the list by a digest;
 * the list itself is asked for on a page of its own, and only the part that is different travels. The list lies in 256
 * buckets by package; a package server says the digest of each of its buckets and gets those back that are others.
 * Neither side keeps what the other has: any node answers, after any pause.
 *
 *   POST PackageServerPackages.aspx <packageServerPackages buckets="…"/>
 *     -> <packageServerPackages digest="…"><bucket number="17"><Package guid name version hash size/>…</bucket>…
 */
import { createHash } from 'node:crypto';
import { braces, parseGuid, type Guid } from './guid.ts';
import type { WantedPackage } from './packageServer.ts';
import { childrenNamed, parseXml, requestLimits, xml, XML_DECLARATION, type XmlElement } from './xml.ts';

export const BUCKETS = 256;
const DIGITS = 16;

/** FNV-1a: GUIDs that were given one after the other are spread, too. */
export function bucketOf(guid: Guid): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < guid.length; index++) hash = Math.imul(hash ^ guid.charCodeAt(index), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff;
}

/** 64 bits of everything that the list says of a package: enough to notice a change, which is all it is for. */
export function wantedHash({ guid, name, version, hash, size }: WantedPackage): bigint {
  return createHash('sha256')
    .update(JSON.stringify([guid, name, version, hash, size]))
    .digest()
    .readBigUInt64BE();
}

/** Digests of the buckets: the hashes of their packages, each toggled in and, when it goes, out again. */
export class BucketDigests {
  readonly values: BigUint64Array;
  /** All buckets together. */
  #all: bigint;

  constructor(values = new BigUint64Array(BUCKETS)) {
    this.values = values;
    this.#all = values.reduce((all, value) => all ^ value, 0n);
  }

  toggle(bucket: number, hash: bigint): void {
    this.values[bucket] = this.values[bucket]! ^ hash;
    this.#all ^= hash;
  }

  /** Of the whole list. */
  digest(): string {
    return this.#all.toString(16).padStart(DIGITS, '0');
  }

  toString(): string {
    return Array.from(this.values, (value) => value.toString(16).padStart(DIGITS, '0')).join('');
  }
}

export function writeWantedRequest(buckets: BucketDigests): string {
  return XML_DECLARATION + xml`<packageServerPackages buckets="${buckets.toString()}"/>`.text;
}

/** @throws XmlError, Error: what is wrong with it */
export function readWantedRequest(text: string): BucketDigests {
  const { name, attributes } = parseXml(text);
  const buckets = attributes.buckets ?? '';
  if (name !== 'packageServerPackages' || !/^[0-9a-f]+$/.test(buckets) || buckets.length !== BUCKETS * DIGITS) {
    throw new Error('not a request for the list of packages');
  }
  const values = BigUint64Array.from({ length: BUCKETS }, (_, bucket) =>
    BigInt(`0x${buckets.slice(bucket * DIGITS, (bucket + 1) * DIGITS)}`),
  );
  return new BucketDigests(values);
}

export interface WantedAnswer {
  /** Of the list with these buckets in it. */
  digest: string;
  /** Whole buckets: a package that is not in its bucket any more is not wanted any more. */
  buckets: ReadonlyMap<number, readonly WantedPackage[]>;
}

export function writeWantedAnswer({ digest, buckets }: WantedAnswer): string {
  const elements = [...buckets].map(([number, packages]) => {
    const wanted = packages.map(
      ({ guid, name, version, hash, size }) =>
        xml`<Package guid="${braces(guid)}" name="${name}" version="${version}" hash="${hash}" size="${size}"/>`,
    );
    return xml`<bucket number="${number}">${wanted}</bucket>`;
  });
  return XML_DECLARATION + xml`<packageServerPackages digest="${digest}">${elements}</packageServerPackages>`.text;
}

/** @throws XmlError, Error */
export function readWantedAnswer(text: string): WantedAnswer {
  const root = parseXml(text, { ...requestLimits, maxElements: 1_000_000 });
  if (root.name !== 'packageServerPackages') throw new Error('not a list of packages');
  const buckets = new Map(
    childrenNamed(root, 'bucket').map((bucket) => [
      Number(bucket.attributes.number),
      childrenNamed(bucket, 'Package').map(readWanted),
    ]),
  );
  return { digest: root.attributes.digest ?? '', buckets };
}

function readWanted({ attributes }: XmlElement): WantedPackage {
  const { guid: text, name = '', version, hash = '', size } = attributes;
  const guid = parseGuid(text);
  const numbers = [Number(version), Number(size)];
  if (guid === undefined || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) {
    throw new Error('a package of the list has no GUID, version or size');
  }
  return { guid, name, version: numbers[0]!, hash, size: numbers[1]! };
}

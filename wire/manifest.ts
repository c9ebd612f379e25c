/**
 * The snapshot manifest (packages.md section 4, samples/14): what is hashed and what is signed.
 *
 * The vendor's algorithm is not public. Ours: the package hash is SHA-256 over the sorted file lines, so it does not
 * depend on scan order; the signature covers package GUID, version and hash, so a manifest of one package or version
 * cannot stand in for another.
 */
import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import type { Guid } from './guid.ts';
import { braces, parseGuid } from './guid.ts';
import { childrenNamed, parseXml, xml, XML_DECLARATION, type XmlLimits } from './xml.ts';

export interface ManifestFile {
  /** Relative, `/` between segments, Unicode NFC. */
  path: string;
  /** Bytes; 0 for a folder. */
  size: number;
  /** ISO 8601, UTC. */
  date: string;
  /** SHA-256, lower-case hex; empty for a folder. */
  hash: string;
  executable: boolean;
  /** An empty folder that must exist on the client. */
  folder: boolean;
}

export interface Manifest {
  packageGuid: Guid;
  version: number;
  hash: string;
  /** Base64 Ed25519 signature over `signedText`. */
  signature: string;
  files: ManifestFile[];
}

const kindOf = (file: ManifestFile): string => (file.folder ? 'd' : file.executable ? 'x' : 'f');

/** One line a file; time stamps are left out: a file that differs only in time is the same file (TECH140644). */
export function fileLine(file: ManifestFile): string {
  return `${kindOf(file)} ${file.hash} ${file.size} ${file.path}\n`;
}

export const manifestHash = (files: readonly ManifestFile[]): string =>
  hashOfFiles(files.length, (index) => files[index]!);

/** The same of files that somebody keeps in another form. */
export function hashOfFiles(count: number, fileAt: (index: number) => ManifestFile): string {
  const steps = hashSteps(count, fileAt);
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
  }
}

/** Characters of a line that tell its bucket: the kind, a blank, and two digits of the hash, or what stands there. */
const BUCKET = 4;
const bucketOf = (file: ManifestFile): string =>
  file.hash.length < BUCKET ? fileLine(file).slice(0, BUCKET) : `${kindOf(file)} ${file.hash.slice(0, BUCKET - 2)}`;

/**
 * Sorts and hashes bucket by bucket, so that the lines of a hundred thousand files are never in memory together; whoever
 * has other work does it between the steps.
 */
export function* hashSteps(count: number, fileAt: (index: number) => ManifestFile): Generator<undefined, string> {
  const buckets = new Map<string, number[]>();
  for (let index = 0; index < count; index++) {
    const key = bucketOf(fileAt(index));
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, [index]);
    else bucket.push(index);
    if (index % STEP === STEP - 1) yield;
  }
  const hash = createHash('sha256');
  for (const key of [...buckets.keys()].sort()) {
    const lines = buckets.get(key)!.map((index) => fileLine(fileAt(index)));
    hash.update(lines.sort().join(''), 'utf8');
    yield;
  }
  return hash.digest('hex');
}

const STEP = 5000;

export function signedText(packageGuid: Guid, version: number, hash: string): Buffer {
  return Buffer.from(`notification-server snapshot\n${packageGuid}\n${version}\n${hash}\n`, 'utf8');
}

export function signManifest(key: KeyObject, packageGuid: Guid, version: number, hash: string): string {
  return sign(null, signedText(packageGuid, version, hash), key).toString('base64');
}

/** True when the signature fits and the hash is that of the listed files. */
export function verifyManifest(publicKey: KeyObject, manifest: Manifest): boolean {
  return (
    manifestHash(manifest.files) === manifest.hash &&
    verify(
      null,
      signedText(manifest.packageGuid, manifest.version, manifest.hash),
      publicKey,
      Buffer.from(manifest.signature, 'base64'),
    )
  );
}

export const writeManifest = (manifest: Manifest): string =>
  manifestHead(manifest) + manifestLines(manifest.files) + MANIFEST_END;

/** The three parts of a manifest, for those who write a large one piece by piece. */
export const manifestHead = (manifest: Omit<Manifest, 'files'>): string =>
  XML_DECLARATION +
  xml`<Snapshot packageId="${braces(manifest.packageGuid)}" version="${manifest.version}" hashAlgorithm="SHA-256" hash="${manifest.hash}" signature="${manifest.signature}">`
    .text;

export const manifestLines = (files: readonly ManifestFile[]): string =>
  files
    .map((file) =>
      file.folder
        ? xml`\n  <Folder path="${file.path}" date="${file.date}"/>`.text
        : xml`\n  <File path="${file.path}" size="${file.size}" date="${file.date}" hash="${file.hash}"${
            file.executable ? xml` executable="true"` : ''
          }/>`.text,
    )
    .join('');

export const MANIFEST_END = '\n</Snapshot>\n';

const manifestLimits: XmlLimits = { maxDepth: 4, maxElements: 2_000_000, maxAttributes: 16, maxText: 64 * 1024 };

/** @throws XmlError, or Error when a required attribute is missing. Does not verify: see `verifyManifest`. */
export function readManifest(text: string): Manifest {
  const root = parseXml(text, manifestLimits);
  const packageGuid = parseGuid(root.attributes.packageId);
  const version = Number(root.attributes.version);
  if (root.name !== 'Snapshot' || packageGuid === undefined || !Number.isSafeInteger(version)) {
    throw new Error('not a snapshot manifest');
  }
  const files: ManifestFile[] = childrenNamed(root, 'File').map(({ attributes }) => ({
    path: attributes.path ?? '',
    size: Number(attributes.size),
    date: attributes.date ?? '',
    hash: attributes.hash ?? '',
    executable: attributes.executable === 'true',
    folder: false,
  }));
  for (const { attributes } of childrenNamed(root, 'Folder')) {
    files.push({
      path: attributes.path ?? '',
      size: 0,
      date: attributes.date ?? '',
      hash: '',
      executable: false,
      folder: true,
    });
  }
  return { packageGuid, version, hash: root.attributes.hash ?? '', signature: root.attributes.signature ?? '', files };
}

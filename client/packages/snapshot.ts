/** The manifest of a package version: fetched, and believed only with a signature of the server's keys. */
import { AGENT_PAGES } from '../../wire/paths.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { readManifest, verifyManifest, type Manifest } from '../../wire/manifest.ts';
import type { Guid } from '../../wire/guid.ts';
import { BadAnswer } from '../http/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Server } from '../identity/server.ts';
import { checkPaths } from './paths.ts';

const LARGEST_MANIFEST = 256 * 1024 * 1024;

/** The manifest is not what the server signed, or not of this package and version. */
export class ForgedManifest extends Error {
  override name = 'ForgedManifest';
}

/** No key that is believed made the signature. */
export class UnknownSignature extends ForgedManifest {
  override name = 'UnknownSignature';
}

/** `keys`: blobs of those that are believed. @throws ForgedManifest, UnsafePath, XmlError */
export function trustedManifest(text: string, packageGuid: Guid, version: number, keys: readonly string[]): Manifest {
  const manifest = readManifest(text);
  if (!keys.some((blob) => isSignedBy(blob, manifest))) {
    throw new UnknownSignature("The manifest's signature does not fit the server's key: the package is not taken.");
  }
  if (manifest.packageGuid !== packageGuid || manifest.version !== version) {
    throw new ForgedManifest(
      `The manifest is of package ${manifest.packageGuid}, version ${manifest.version}, not of ${packageGuid}, version ${version}.`,
    );
  }
  for (const file of manifest.files) {
    const isSound =
      Number.isSafeInteger(file.size) && file.size >= 0 && (file.folder || /^[0-9a-f]{64}$/.test(file.hash));
    if (!isSound) throw new ForgedManifest(`The manifest has no sound size or hash for "${file.path}".`);
  }
  checkPaths(manifest.files);
  return manifest;
}

function isSignedBy(blob: string, manifest: Manifest): boolean {
  const key = readKeyBlob(blob);
  return key !== undefined && verifyManifest(key, manifest);
}

/**
 * Fetches a manifest. One that an unknown key has signed is a reason to ask whether the server has a new key, and to
 * look again if it has; what the package information says of a key (`sourceKey`) is no reason to believe anything.
 * @throws ForgedManifest, UnsafePath, XmlError, Unreachable, Refused, BadAnswer, NotTrusted
 */
export async function fetchManifest(
  { server, identity }: { server: Server; identity: Identity },
  address: string,
  wanted: { guid: Guid; version: number },
  signal: AbortSignal,
): Promise<{ manifest: Manifest; text: string }> {
  const text = await askSnapshot(server, address, signal);
  const read = (): Manifest => trustedManifest(text, wanted.guid, wanted.version, identity.keysForFetched);
  try {
    return { manifest: read(), text };
  } catch (error) {
    if (!(error instanceof UnknownSignature) || !(await server.followKeys(signal))) throw error;
    return { manifest: read(), text };
  }
}

/** The manifest as text. @throws Unreachable, Refused, BadAnswer */
export async function askSnapshot(server: Server, address: string, signal: AbortSignal): Promise<string> {
  const call = { method: 'GET' as const, address: ownAddress(address) };
  return (await server.callOk(call, 'snapshot', signal, LARGEST_MANIFEST)).text;
}

/**
 * The server names itself by its public address, which need not be the one this agent calls it by. A page of the
 * contract is asked at the address that is known to be trusted: only path and query count.
 */
export function ownAddress(address: string): string {
  if (!URL.canParse(address)) throw new BadAnswer('the snapshot has no address');
  const url = new URL(address);
  return url.pathname.toLowerCase().startsWith(AGENT_PAGES.toLowerCase()) ? url.pathname + url.search : address;
}

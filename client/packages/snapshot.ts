/** The manifest of a package version: fetched, and believed only with the signature of the pinned key. */
import { AGENT_PAGES } from '../../wire/paths.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { readManifest, verifyManifest, type Manifest } from '../../wire/manifest.ts';
import type { Guid } from '../../wire/guid.ts';
import { BadAnswer } from '../http/errors.ts';
import type { Server } from '../identity/server.ts';
import { checkPaths } from './paths.ts';

const LARGEST_MANIFEST = 256 * 1024 * 1024;

/** The manifest is not what the server signed, or not of this package and version. */
export class ForgedManifest extends Error {
  override name = 'ForgedManifest';
}

/** @throws ForgedManifest, UnsafePath, XmlError */
export function trustedManifest(text: string, packageGuid: Guid, version: number, nsKey: string): Manifest {
  const manifest = readManifest(text);
  const key = readKeyBlob(nsKey);
  if (key === undefined || !verifyManifest(key, manifest)) {
    throw new ForgedManifest("The manifest's signature does not fit the server's key: the package is not taken.");
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

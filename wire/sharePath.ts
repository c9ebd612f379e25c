/**
 * Reading an address below `/Altiris/PackageShare/`, or below `/Altiris/PS/Share/` of a package server. Two forms:
 *
 *   <download token>/{package guid}/<version>/<path>   what GetPackageInfo prints
 *   {package guid}/<version>/<path>                    for callers that send a bearer
 *
 * The path is never joined to a folder: it is a key that a manifest has or has not.
 */
import { parseGuid, type Guid } from './guid.ts';
import { PACKAGE_SHARE, PACKAGE_SERVER_SHARE } from './paths.ts';

export interface SharePath {
  /** Undefined in the form without one. */
  token: string | undefined;
  packageGuid: Guid;
  version: number;
  /** As in the manifest: `/` between segments, Unicode NFC. */
  path: string;
}

type Tree = typeof PACKAGE_SHARE | typeof PACKAGE_SERVER_SHARE;

const LONGEST = 8192;

export const isBelowShare = (url: string, tree: Tree = PACKAGE_SHARE): boolean =>
  url.length >= tree.length && url.slice(0, tree.length).toLowerCase() === tree.toLowerCase();

/** `undefined` for whatever cannot name a file of a package: nothing is looked up for it. */
export function readSharePath(url: string, tree: Tree = PACKAGE_SHARE): SharePath | undefined {
  if (url.length > LONGEST) return undefined;
  const query = url.indexOf('?');
  const segments = url
    .slice(tree.length, query === -1 ? undefined : query)
    .split('/')
    .map(decoded);
  const withToken = parseGuid(segments[0]) === undefined;
  const [guid, version, ...names] = segments.slice(withToken ? 1 : 0);
  const packageGuid = parseGuid(guid);
  if (packageGuid === undefined || version === undefined || !/^[1-9]\d{0,14}$/.test(version)) return undefined;
  if (names.length === 0 || !names.every((name) => name !== undefined && isName(name))) return undefined;
  return {
    token: withToken ? segments[0] : undefined,
    packageGuid,
    version: Number(version),
    path: names.join('/').normalize('NFC'),
  };
}

/** Decoded once: what is still encoded after that is a name with a percent sign. */
function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** What no manifest holds (snapshot/nameRules.ts) is not even looked for. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name);
}

/** The address for logs: without its download token. */
export function redactPath(url: string): string {
  const tree = [PACKAGE_SHARE, PACKAGE_SERVER_SHARE].find((candidate) => isBelowShare(url, candidate));
  if (tree === undefined) return url;
  const end = url.indexOf('/', tree.length);
  return `${url.slice(0, tree.length)}***${end === -1 ? '' : url.slice(end)}`;
}

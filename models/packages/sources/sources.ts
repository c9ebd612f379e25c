import { hostname } from 'node:os';
import { delimiter } from 'node:path';
import { folderSource } from './folderSource.ts';
import { noSource } from './noSource.ts';
import type { PackageSource, SourceLimits } from './source.ts';
import type { ShareMount } from './uncPath.ts';
import { uncSource } from './uncSource.ts';
import { urlSource } from './urlSource.ts';

const SOURCES: ReadonlyMap<string, PackageSource> = new Map(
  [noSource, folderSource, uncSource, urlSource].map((source) => [source.kind, source]),
);

/** The source of a kind as the CMDB has it. @throws Error for a kind of a newer version of the product */
export function sourceOf(kind: string): PackageSource {
  const source = SOURCES.get(kind);
  if (source === undefined) throw new Error(`unknown kind of package source: ${kind}`);
  return source;
}

/** What the limits are made of. */
export interface SourceSettings {
  dataDir: string;
  /** Separated as in PATH. */
  packageRoots: string;
  shareMounts: readonly ShareMount[];
  urlSourceRanges: readonly string[];
  urlSourceMaxMb: number;
  publicUrl: string;
  httpPort: number;
  httpsPort: number;
}

const MB = 1024 * 1024;

export function sourceLimits(settings: SourceSettings): SourceLimits {
  const roots = settings.packageRoots.split(delimiter).map((root) => root.trim());
  return {
    dataDir: settings.dataDir,
    roots: roots.filter((root) => root !== ''),
    mounts: settings.shareMounts,
    url: {
      ranges: settings.urlSourceRanges,
      maxBytes: settings.urlSourceMaxMb * MB,
      own: ownAddresses(settings),
      // 2 KB a second: slower than any line that packages are fetched over, faster than one that is held open on purpose.
      windowMs: 30_000,
      leastBytes: 64 * 1024,
    },
  };
}

/** What this server is called by, as far as it knows: a package must not be made of its own downloads. */
function ownAddresses({ publicUrl, httpPort, httpsPort }: SourceSettings): string[] {
  const names = [hostname().toLowerCase(), 'localhost', '127.0.0.1', '[::1]'];
  const own = names.flatMap((name) => [`${name}:${httpPort}`, `${name}:${httpsPort}`]);
  if (publicUrl === '') return own;
  const { protocol, hostname: host, port } = new URL(publicUrl);
  return [...own, `${host}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`];
}

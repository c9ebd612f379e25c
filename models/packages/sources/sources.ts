import { delimiter } from 'node:path';
import { folderSource } from './folderSource.ts';
import { noSource } from './noSource.ts';
import type { PackageSource, SourceLimits } from './source.ts';

const SOURCES: ReadonlyMap<string, PackageSource> = new Map(
  [noSource, folderSource].map((source) => [source.kind, source]),
);

/** The source of a kind as the CMDB has it. @throws Error for a kind of a newer version of the product */
export function sourceOf(kind: string): PackageSource {
  const source = SOURCES.get(kind);
  if (source === undefined) throw new Error(`unknown kind of package source: ${kind}`);
  return source;
}

/** `packageRoots` as the setting has it: separated as in PATH. */
export function sourceLimits(settings: { dataDir: string; packageRoots: string }): SourceLimits {
  const roots = settings.packageRoots.split(delimiter).map((root) => root.trim());
  return { dataDir: settings.dataDir, roots: roots.filter((root) => root !== '') };
}

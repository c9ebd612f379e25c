/** Removes the copies of packages that are gone, or have another source now. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseGuid, type Guid } from '../../../../wire/guid.ts';
import type { Session } from '../../../cmdb/types.ts';
import { mirrorsFolder } from './mirrorState.ts';

/** Answers how many. */
export async function removeLeftMirrors(session: Session, dataDir: string): Promise<number> {
  const folder = mirrorsFolder(dataDir);
  const names = await readdir(folder).catch(() => []);
  if (names.length === 0) return 0;
  // Asked after the folder was read: a package that comes in between is no concern of what was there before.
  const rows = await session.db.selectFrom('Package').select('Guid').where('SourceKind', '=', 'url').execute();
  const kept = new Set<Guid>(rows.map((row) => row.Guid));
  const left = names.filter((name) => {
    const guid = parseGuid(name);
    return guid !== undefined && !kept.has(guid);
  });
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
  return left.length;
}

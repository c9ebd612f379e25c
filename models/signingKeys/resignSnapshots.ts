/**
 * Signs snapshots anew after the signing key has changed. A signature is over package, version and hash: no file is
 * read, no byte moves, and manifest and version stay what they are. It can stop anywhere and be done twice, by two nodes
 * at once: the same key signs the same text the same way.
 */
import { verify } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { signedText, signManifest } from '../../wire/manifest.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { SnapshotTable } from '../cmdb/schema.ts';
import { top } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import type { SigningKeys } from './signingKeys.ts';

/** Few enough that the write lock of SQLite is held for some milliseconds. */
const SLICE = 50;

export interface ResignDeps {
  cmdb: Cmdb;
  clock: Clock;
  keys: SigningKeys;
}

export interface Resigned {
  signed: number;
  /** Snapshots whose signature is not by the key they name: nobody vouches for them, so they are left as they are. */
  doubtful: number;
}

type Row = Pick<SnapshotTable, 'PackageGuid' | 'Version' | 'Hash' | 'Signature' | 'KeyName'>;

export async function resignSnapshots({ cmdb, clock, keys }: ResignDeps, signal?: AbortSignal): Promise<Resigned> {
  let signed = 0;
  let doubtful = 0;
  let last: Row | undefined;
  while (signal?.aborted !== true) {
    const rows = await nextRows(cmdb, keys.current.name, last);
    last = rows.at(-1);
    if (last === undefined) break;
    const sound = rows.filter((row) => isSound(row, keys));
    doubtful += rows.length - sound.length;
    // Checking a signature costs more than most requests of agents: they wait for one slice at the most.
    await turn();
    // What a power cut takes back is signed again.
    if (sound.length > 0) await cmdb.transaction((session) => signSlice(session, keys, sound), { mayBeLost: true });
    signed += sound.length;
  }
  // Other nodes find what has another key than theirs by themselves; this only makes them quicker.
  if (signed > 0) await cmdb.transaction((session) => recordChange(session, clock, 'package'));
  return { signed, doubtful };
}

/** The next ones that another key has signed than the one named. */
async function nextRows(session: Session, keyName: string, after: Row | undefined): Promise<Row[]> {
  let found = session.db
    .selectFrom('Snapshot')
    .select(['PackageGuid', 'Version', 'Hash', 'Signature', 'KeyName'])
    .where('KeyName', '!=', keyName)
    .orderBy('PackageGuid')
    .orderBy('Version');
  if (after !== undefined) {
    const { PackageGuid, Version } = after;
    // Both engines go into the primary key by the first condition; for an OR alone they would read it from its begin.
    found = found
      .where('PackageGuid', '>=', PackageGuid)
      .where((row) => row.or([row('PackageGuid', '>', PackageGuid), row('Version', '>', Version)]));
  }
  return top(session, found, SLICE).execute();
}

/** The CMDB alone is not believed: a row that somebody else has put there must not get the server's signature. */
function isSound({ PackageGuid, Version, Hash, Signature, KeyName }: Row, keys: SigningKeys): boolean {
  const key = readKeyBlob(keys.blobOf(KeyName) ?? '');
  if (key === undefined) return false;
  return verify(null, signedText(PackageGuid, Version, Hash), key, Buffer.from(Signature, 'base64'));
}

async function signSlice({ db }: Session, { current }: SigningKeys, rows: readonly Row[]): Promise<void> {
  for (const { PackageGuid, Version, Hash, KeyName } of rows) {
    const Signature = signManifest(current.privateKey, PackageGuid, Version, Hash);
    await db
      .updateTable('Snapshot')
      .set({ Signature, KeyName: current.name })
      .where('PackageGuid', '=', PackageGuid)
      .where('Version', '=', Version)
      // What was built anew meanwhile was signed by who built it.
      .where('Hash', '=', Hash)
      .where('KeyName', '=', KeyName)
      .execute();
  }
}

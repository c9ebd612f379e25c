/** What must be true of the CMDB and the package store at any moment, and after they were cleaned. */
import { expect } from 'chai';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Cmdb } from '../../models/cmdb/types.ts';
import type { ObjectStore } from '../../models/packages/snapshot/objectStore.ts';
import { readFileRows } from '../../models/packages/snapshot/snapshotRows.ts';
import { mirrorsFolder } from '../../models/packages/sources/url/mirrorState.ts';
import { loadSecrets } from '../../models/secrets/secrets.ts';
import { systemClock } from '../../models/clock.ts';
import { hashOfFiles, signedText, type ManifestFile } from '../../wire/manifest.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { followStatements } from '../../wire/signingKeys.ts';

export const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex');

/**
 * Every snapshot that anybody may be served has all its rows, each of their contents, and a signature of the key it
 * names. Answers the paths and hashes of each current one.
 */
export async function expectWhole(
  cmdb: Cmdb,
  store: ObjectStore,
  master: Buffer,
): Promise<Map<string, ManifestFile[]>> {
  const { signingKeys } = await loadSecrets(cmdb, master, systemClock);
  const rows = await cmdb.db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .selectAll('s')
    .select('p.CurrentVersion')
    .where('s.IsRemoved', '=', 0)
    .whereRef('s.Version', '<=', 'p.CurrentVersion')
    .execute();
  const current = new Map<string, ManifestFile[]>();
  const looked = new Set<string>();
  for (const { PackageGuid, Version, Hash, Signature, KeyName, CurrentVersion } of rows) {
    const files: ManifestFile[] = [];
    for await (const slice of readFileRows(cmdb, PackageGuid, Version)) files.push(...slice);
    expect(
      hashOfFiles(files.length, (index) => files[index]!),
      'all rows of a version',
    ).to.equal(Hash);
    const key = readKeyBlob(signingKeys.blobOf(KeyName)!)!;
    const text = signedText(PackageGuid, Version, Hash);
    expect(verify(null, text, key, Buffer.from(Signature, 'base64')), `signed by ${KeyName}`).to.equal(true);
    for (const { hash, folder } of files) {
      if (folder || looked.has(hash)) continue;
      looked.add(hash);
      expect(sha256(readFileSync(store.objectPath(hash)))).to.equal(hash);
    }
    if (Version === CurrentVersion) current.set(PackageGuid, files);
  }
  const published = await cmdb.db
    .selectFrom('Package')
    .select('Guid')
    .where('CurrentVersion', 'is not', null)
    .execute();
  expect([...current.keys()].sort(), 'each has its current version').to.deep.equal(
    published.map(({ Guid }) => Guid).sort(),
  );
  return current;
}

/** An agent that pinned the first key believes the one that signs now. Answers the number of the newest statement. */
export async function expectStatements(cmdb: Cmdb, master: Buffer): Promise<number> {
  const { signingKeys } = await loadSecrets(cmdb, master, systemClock);
  const first = { number: 0, key: signingKeys.blobOf('signing:1')!, former: [] };
  const now = followStatements(first, signingKeys.statementsAfter(0));
  expect(now.key).to.equal(signingKeys.current.blob);
  expect(createPublicKey(signingKeys.current.privateKey).equals(readKeyBlob(now.key)!)).to.equal(true);
  const kept = await cmdb.db
    .selectFrom('Secret')
    .select('Name')
    .where('Name', 'like', 'signing:%')
    .where('Wrapped', '!=', '');
  expect(await kept.execute(), 'one private key').to.deep.equal([{ Name: signingKeys.current.name }]);
  return now.number;
}

/** Bytes of the largest file that is on its way into a copy of a source on the web; its list does not count. */
export function bytesComing(incoming: string): number {
  if (!existsSync(incoming)) return 0;
  const parts = readdirSync(incoming).filter((name) => !name.endsWith('.json') && name !== 'index');
  return Math.max(0, ...parts.map((name) => statSync(join(incoming, name), { throwIfNoEntry: false })?.size ?? 0));
}

/** After a collection: what lies on disk and in the CMDB is what something refers to. */
export async function expectNoGarbage(cmdb: Cmdb, store: ObjectStore, dataDir: string): Promise<void> {
  const { db } = cmdb;
  const used = await db.selectFrom('SnapshotFile').select('Hash').distinct().where('Hash', '!=', '').execute();
  const shards = readdirSync(join(store.folder, 'objects'));
  const stored = shards.flatMap((shard) => readdirSync(store.shardFolder(shard)));
  expect(stored.sort(), 'contents').to.deep.equal(used.map(({ Hash }) => Hash).sort());
  for (const folder of ['incoming', 'trash']) expect(readdirSync(join(store.folder, folder)), folder).to.deep.equal([]);
  const packages = await db.selectFrom('Package').select(['Guid', 'SourceKind']).execute();
  // A journal stays until files are read again: it knows what the last finished look does not.
  const scans = packages.flatMap(({ Guid }) => [`${Guid}.scan`, `${Guid}.journal`]);
  for (const name of readdirSync(join(store.folder, 'scans'))) expect(name).to.be.oneOf(scans);
  const mirrored = packages.filter(({ SourceKind }) => SourceKind === 'url').map(({ Guid }) => Guid as string);
  const mirrors = mirrorsFolder(dataDir);
  expect(existsSync(mirrors) ? readdirSync(mirrors).sort() : [], 'mirrors').to.deep.equal(mirrored.sort());
  for (const name of mirrored) {
    // A look that the end of the server has cut off leaves what is on its way: the next one goes on with it.
    const kept = readdirSync(join(mirrors, name)).filter((entry) => entry !== 'incoming');
    expect(kept, 'a mirror').to.have.members(['files', 'index', 'state.json']);
  }
  const orphans = await db
    .selectFrom('SnapshotFile as f')
    .leftJoin('Snapshot as s', (join) =>
      join.onRef('s.PackageGuid', '=', 'f.PackageGuid').onRef('s.Version', '=', 'f.Version'),
    )
    .select('f.Path')
    .where('s.Version', 'is', null)
    .execute();
  expect(orphans, 'rows of no snapshot').to.deep.equal([]);
  const unseen = await db
    .selectFrom('Snapshot as s')
    .innerJoin('Package as p', 'p.Guid', 's.PackageGuid')
    .select('s.Version')
    .where((row) =>
      row.or([
        row('s.IsRemoved', '=', 1),
        row('p.CurrentVersion', 'is', null),
        row('s.Version', '>', row.ref('p.CurrentVersion')),
      ]),
    )
    .execute();
  expect(unseen, 'snapshots that nobody sees').to.deep.equal([]);
}

import { expect } from 'chai';
import type { Insertable } from 'kysely';
import { createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { utc } from '../../models/clock.ts';
import type { AgentRegistrationTable } from '../../models/cmdb/schema.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { loadSecrets, MasterKeyError, type ServerSecrets } from '../../models/secrets/secrets.ts';
import { countFollowers, listLaggards, noteFollower } from '../../models/signingKeys/followers.ts';
import { resignSnapshots } from '../../models/signingKeys/resignSnapshots.ts';
import {
  retireSigningKey,
  revokeSigningKey,
  rotateSigningKey,
  type KeyChangeDeps,
} from '../../models/signingKeys/changeKeys.ts';
import { readKeyReport } from '../../models/signingKeys/keyReport.ts';
import { followStatements, keysForKept } from '../../wire/signingKeys.ts';
import { signedText, signManifest } from '../../wire/manifest.ts';
import { readKeyBlob, writeKeyBlob } from '../../wire/proof.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { JANE, TestClock } from '../packages/support.ts';
import { addComputers } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

const DAY = 24 * 3600_000;
const FIRST = 'signing:1';
const SECOND = 'signing:2';
const THIRD = 'signing:3';

describe('signing keys', function () {
  // A SQL Server takes its time to make a database.
  this.timeout(180_000);
  forEachEngine((_engine, open) => {
    const master = randomBytes(32);
    let cmdb: AnyCmdb;
    let clock: TestClock;
    let secrets: ServerSecrets;
    let deps: KeyChangeDeps;
    before(async () => (cmdb = await open()));
    after(() => cmdb.close());
    beforeEach(async () => {
      for (const table of [
        'SigningStatement',
        'Secret',
        'Snapshot',
        'AgentRegistration',
        'ChangeLog',
        'AuditEntry',
      ] as const) {
        await cmdb.db.deleteFrom(table).execute();
      }
      clock = new TestClock();
      secrets = await loadSecrets(cmdb, master, clock);
      deps = { cmdb, clock, keys: secrets.signingKeys };
    });

    const states = () => deps.keys.list(clock.now()).map(({ name, state }) => `${name} ${state}`);
    const statements = () => cmdb.db.selectFrom('SigningStatement').selectAll().orderBy('Number').execute();
    const snapshots = () => cmdb.db.selectFrom('Snapshot').selectAll().orderBy('Version').execute();
    const asNewNode = (): Promise<ServerSecrets> => loadSecrets(cmdb, master, clock);

    async function refusal(work: Promise<unknown>): Promise<string> {
      try {
        await work;
      } catch (error) {
        expect(error).to.be.instanceOf(InvalidInput);
        return (error as Error).message;
      }
      throw new Error('it was taken');
    }

    /** Versions 1 to `count` of a package, signed by the key that is current. */
    async function addSnapshots(count: number): Promise<Guid> {
      const limits = { roots: [] } as unknown as Parameters<typeof createPackage>[4];
      const guid = await createPackage(cmdb, clock, JANE, { name: `P${newGuid()}`, sourceKind: 'none' }, limits);
      const { privateKey, name } = deps.keys.current;
      const rows = Array.from({ length: count }, (_, index) => ({
        PackageGuid: guid,
        Version: index + 1,
        Hash: randomBytes(32).toString('hex'),
        FileCount: 1,
        TotalSize: 1,
        Signature: '',
        KeyName: name,
        CreatedAt: utc(clock.now()),
        RetiredAt: null,
      }));
      for (const row of rows) row.Signature = signManifest(privateKey, guid, row.Version, row.Hash);
      await cmdb.insertMany('Snapshot', rows);
      return guid;
    }

    async function expectSigned(): Promise<void> {
      for (const { PackageGuid, Version, Hash, Signature, KeyName } of await snapshots()) {
        const key = readKeyBlob(deps.keys.blobOf(KeyName)!)!;
        const isGood = verify(null, signedText(PackageGuid, Version, Hash), key, Buffer.from(Signature, 'base64'));
        expect(isGood, `version ${Version} by ${KeyName}`).to.equal(true);
      }
    }

    it('are read as they are before a change or after it, and never half of each', async () => {
      let isOver = false;
      // Somebody changes the key between two readings.
      const db = cmdb.db.withPlugin({
        transformQuery: ({ node }) => node,
        transformResult: async ({ result }) => {
          if (!isOver) {
            isOver = true;
            await rotateSigningKey(deps, JANE);
          }
          return result;
        },
      });
      const { current, statements } = await deps.keys.read({ ...cmdb, db });
      expect([current.name, statements.length]).to.deep.equal([SECOND, 1]);
    });

    it('begin with one, of which there is nothing to tell', () => {
      expect(states()).to.deep.equal([`${FIRST} current`]);
      expect(deps.keys.statementsAfter(0)).to.deep.equal([]);
    });

    it('are replaced in one step, which says who did it, erases the old private half and tells other nodes', async () => {
      const pinned = { number: 0, key: secrets.publicKeyBlob, former: [] };
      expect(await rotateSigningKey(deps, JANE, { overlapDays: 7 })).to.equal(SECOND);
      expect(states()).to.deep.equal([`${SECOND} current`, `${FIRST} overlap`]);
      expect(secrets).to.include({ signingKeyName: SECOND, publicKeyBlob: deps.keys.blobOf(SECOND) });
      expect(writeKeyBlob(createPublicKey(secrets.signingKey))).to.equal(secrets.publicKeyBlob);

      const followed = followStatements(pinned, deps.keys.statementsAfter(0));
      expect(followed).to.deep.equal({
        number: 1,
        key: secrets.publicKeyBlob,
        former: [{ key: pinned.key, until: utc(clock.now() + 7 * DAY), isRevoked: false }],
      });
      const rows = await cmdb.db.selectFrom('Secret').selectAll().where('Name', 'like', 'signing:%').execute();
      const old = rows.find(({ Name }) => Name === FIRST)!;
      expect(old).to.include({ Wrapped: '', PublicPart: pinned.key });
      expect((await statements())[0]).to.include({ Number: 1, KeyName: SECOND, MadeBy: JANE.name });
      const [audit] = await cmdb.db
        .selectFrom('AuditEntry')
        .selectAll()
        .where('ObjectKind', '=', 'signing key')
        .execute();
      expect(audit).to.include({ Actor: JANE.name, Action: 'rotate', ObjectName: SECOND });
      expect(audit!.Detail).to.not.include(rows.find(({ Name }) => Name === SECOND)!.Wrapped);
      const changes = await cmdb.db.selectFrom('ChangeLog').selectAll().where('Kind', '=', 'secret').execute();
      expect(changes).to.have.lengthOf(1);

      clock.pass(7 * DAY);
      expect(states()).to.deep.equal([`${SECOND} current`, `${FIRST} retired`]);
    });

    it('are followed over many changes by who was away for all of them', async () => {
      const pinned = { number: 0, key: secrets.publicKeyBlob, former: [] };
      for (let times = 0; times < 4; times++) {
        await rotateSigningKey(deps, JANE, { overlapDays: 1 });
        clock.pass(400 * DAY);
      }
      await retireSigningKey(deps, JANE, 'signing:4').catch(() => undefined);
      expect(followStatements(pinned, deps.keys.statementsAfter(0))).to.include({ key: secrets.publicKeyBlob });
      expect((await asNewNode()).publicKeyBlob).to.equal(secrets.publicKeyBlob);
      expect(deps.keys.provable.map(({ name }) => name)).to.deep.equal([
        'signing:5',
        'signing:4',
        THIRD,
        SECOND,
        FIRST,
      ]);
    });

    it('end their overlap early when somebody says so, and not twice', async () => {
      await rotateSigningKey(deps, JANE, {});
      await retireSigningKey(deps, JANE, FIRST);
      expect(states()).to.deep.equal([`${SECOND} current`, `${FIRST} retired`]);
      const known = { number: 0, key: deps.keys.blobOf(FIRST)!, former: [] };
      expect(followStatements(known, deps.keys.statementsAfter(0))).to.include({ number: 2 });
      expect(await refusal(retireSigningKey(deps, JANE, FIRST))).to.include('not in its overlap');
      expect(await refusal(retireSigningKey(deps, JANE, SECOND))).to.include('not in its overlap');
      expect(await refusal(retireSigningKey(deps, JANE, 'signing:9'))).to.include('not in its overlap');
      expect(await statements()).to.have.lengthOf(2);
    });

    it('are revoked: the current one is replaced, an earlier one just loses all trust', async () => {
      await rotateSigningKey(deps, JANE, {});
      const known = followStatements(
        { number: 0, key: deps.keys.blobOf(FIRST)!, former: [] },
        deps.keys.statementsAfter(0),
      );
      clock.pass(5000);
      expect(await revokeSigningKey(deps, JANE, FIRST)).to.equal(SECOND);
      expect(states()).to.deep.equal([`${SECOND} current`, `${FIRST} revoked`]);
      clock.pass(5000);
      expect(await revokeSigningKey(deps, JANE, SECOND)).to.equal(THIRD);
      expect(states()).to.deep.equal([`${THIRD} current`, `${SECOND} revoked`, `${FIRST} revoked`]);
      const after = followStatements(known, deps.keys.statementsAfter(known.number));
      expect(keysForKept(after)).to.deep.equal([secrets.publicKeyBlob]);
      expect(deps.keys.provable.map(({ name }) => name)).to.deep.equal([THIRD]);
      expect(deps.keys.bearersFrom).to.equal(clock.now());
      expect((await asNewNode()).signingKeys.bearersFrom).to.equal(clock.now());
      expect(await refusal(revokeSigningKey(deps, JANE, FIRST))).to.include('before');
      expect(await refusal(revokeSigningKey(deps, JANE, 'signing:9'))).to.include('no signing key');
    });

    it('take no overlap that is none', async () => {
      for (const overlapDays of [0, -1, 1.5, 100_000, Number.NaN]) {
        expect(await refusal(rotateSigningKey(deps, JANE, { overlapDays }))).to.include('overlap');
      }
      expect(await statements()).to.deep.equal([]);
      expect(states()).to.deep.equal([`${FIRST} current`]);
    });

    it('are the same for two nodes, and one change at a time', async () => {
      const other = await asNewNode();
      await rotateSigningKey(deps, JANE, {});
      expect(other.signingKeyName).to.equal(FIRST);
      await other.signingKeys.applyChange(cmdb, { Id: 1, Kind: 'secret', ItemGuid: null });
      expect(other.publicKeyBlob).to.equal(secrets.publicKeyBlob);
      const both = await Promise.allSettled([
        rotateSigningKey(deps, JANE, {}),
        rotateSigningKey({ cmdb, clock, keys: other.signingKeys }, JANE, {}),
      ]);
      // On SQLite one waits for the other; on SQL Server one of them may be told that it was too late.
      const made = both.filter(({ status }) => status === 'fulfilled').length;
      for (const one of both) if (one.status === 'rejected') expect(one.reason).to.be.instanceOf(InvalidInput);
      expect(made).to.be.greaterThan(0);
      expect((await statements()).map(({ Number: number }) => number)).to.deep.equal(
        Array.from({ length: made + 1 }, (_, index) => index + 1),
      );
      await other.signingKeys.refresh(cmdb);
      await deps.keys.refresh(cmdb);
      expect(other.publicKeyBlob).to.equal(secrets.publicKeyBlob);
    });

    it('leave nothing behind when the change dies in the middle', async () => {
      const broken: Cmdb = {
        ...bound(cmdb),
        transaction: (work) =>
          cmdb.transaction(async (session) => {
            await work(session);
            throw new Error('killed');
          }),
      };
      for (const change of [rotateSigningKey, (d: KeyChangeDeps) => revokeSigningKey(d, JANE, FIRST)]) {
        const error = await change({ ...deps, cmdb: broken }, JANE, {}).catch((caught: unknown) => caught);
        expect((error as Error).message).to.equal('killed');
      }
      expect(await statements()).to.deep.equal([]);
      expect(states()).to.deep.equal([`${FIRST} current`]);
      expect((await asNewNode()).signingKeyName).to.equal(FIRST);
      await addSnapshots(1);
      await expectSigned();
    });

    it('sign what is published anew, and go on where a crash has stopped that', async () => {
      await addSnapshots(450);
      await rotateSigningKey(deps, JANE, {});
      let slices = 0;
      const dying: Cmdb = {
        ...bound(cmdb),
        transaction: (work, options) => {
          if (++slices > 1) throw new Error('killed');
          return cmdb.transaction(work, options);
        },
      };
      const error = await resignSnapshots({ ...deps, cmdb: dying }).catch((caught: unknown) => caught);
      expect((error as Error).message).to.equal('killed');
      const half = await snapshots();
      const signed = half.filter(({ KeyName }) => KeyName === SECOND).length;
      expect(signed).to.be.within(1, 449);
      await expectSigned();
      const before = half.map(({ PackageGuid, Version, Hash }) => `${PackageGuid} ${Version} ${Hash}`);

      const node = await asNewNode();
      expect(await resignSnapshots({ cmdb, clock, keys: node.signingKeys })).to.deep.equal({
        signed: 450 - signed,
        doubtful: 0,
      });
      const after = await snapshots();
      expect(new Set(after.map(({ KeyName }) => KeyName))).to.deep.equal(new Set([SECOND]));
      expect(after.map(({ PackageGuid, Version, Hash }) => `${PackageGuid} ${Version} ${Hash}`)).to.deep.equal(before);
      await expectSigned();
      expect(await resignSnapshots({ cmdb, clock, keys: node.signingKeys })).to.deep.equal({ signed: 0, doubtful: 0 });
    });

    it('let others have their turn while they check and sign thousands', async () => {
      await addSnapshots(1000);
      await cmdb.db.updateTable('Snapshot').set({ Signature: 'AAAA' }).where('Version', '>', 400).execute();
      await rotateSigningKey(deps, JANE, {});
      let turns = 0;
      let isOver = false;
      const others = (): void => {
        if (isOver) return;
        turns++;
        setImmediate(others);
      };
      setImmediate(others);
      expect(await resignSnapshots(deps)).to.deep.equal({ signed: 400, doubtful: 600 });
      isOver = true;
      expect(turns).to.be.at.least(5);
    });

    it('sign with the newest key when it is changed in the middle, and the rest at the next look', async () => {
      await addSnapshots(450);
      await rotateSigningKey(deps, JANE, {});
      let slices = 0;
      const changed: Cmdb = {
        ...bound(cmdb),
        transaction: async (work, options) => {
          const result = await cmdb.transaction(work, options);
          if (++slices === 1) await rotateSigningKey(deps, JANE, {});
          return result;
        },
      };
      expect(await resignSnapshots({ ...deps, cmdb: changed })).to.deep.equal({ signed: 450, doubtful: 0 });
      const names = () => snapshots().then((rows) => new Set(rows.map(({ KeyName }) => KeyName)));
      expect(await names()).to.deep.equal(new Set([SECOND, THIRD]));
      await expectSigned();
      const { signed, doubtful } = await resignSnapshots(deps);
      expect(signed).to.be.within(1, 449);
      expect(doubtful).to.equal(0);
      expect(await names()).to.deep.equal(new Set([THIRD]));
      await expectSigned();
    });

    it('never give their signature to a snapshot that nobody vouches for', async () => {
      await addSnapshots(2);
      const [first, second] = await snapshots();
      const stranger = generateKeyPairSync('ed25519').privateKey;
      const forged = {
        Hash: 'ff'.repeat(32),
        Signature: signManifest(stranger, second!.PackageGuid, 2, 'ff'.repeat(32)),
      };
      await cmdb.db.updateTable('Snapshot').set(forged).where('Version', '=', 2).execute();
      await rotateSigningKey(deps, JANE, {});
      expect(await resignSnapshots(deps)).to.deep.equal({ signed: 1, doubtful: 1 });
      const after = await snapshots();
      expect(after[0]).to.include({ Version: 1, Hash: first!.Hash, KeyName: SECOND });
      expect(after[1]).to.include({ ...forged, KeyName: FIRST });
    });

    it('are not taken from a CMDB that somebody has written a key into', async () => {
      const stranger = generateKeyPairSync('ed25519');
      const own = { Wrapped: '', PublicPart: writeKeyBlob(stranger.publicKey), CreatedAt: utc(0), RetiredAt: null };
      const add = () =>
        cmdb.db
          .insertInto('Secret')
          .values({ ...own, Name: 'signing:9' })
          .execute();
      const expectRefused = async (): Promise<void> => {
        const error = await asNewNode().catch((caught: unknown) => caught);
        expect(error).to.be.instanceOf(MasterKeyError);
      };
      await add();
      await expectRefused();
      await cmdb.db.deleteFrom('Secret').where('Name', '=', 'signing:9').execute();
      await rotateSigningKey(deps, JANE, {});
      expect((await asNewNode()).signingKeyName).to.equal(SECOND);
      await add();
      await expectRefused();
      await cmdb.db.deleteFrom('Secret').where('Name', '=', 'signing:9').execute();
      await cmdb.db.updateTable('Secret').set({ PublicPart: own.PublicPart }).where('Name', '=', FIRST).execute();
      await expectRefused();
      await cmdb.db
        .updateTable('Secret')
        .set({ PublicPart: deps.keys.blobOf(FIRST)! })
        .where('Name', '=', FIRST)
        .execute();
      const { Text } = (await statements())[0]!;
      await cmdb.db
        .updateTable('SigningStatement')
        .set({ Text: Text.replace('2030', '2099') })
        .execute();
      await expectRefused();
      await cmdb.db.updateTable('SigningStatement').set({ Text }).execute();
      expect((await asNewNode()).signingKeyName).to.equal(SECOND);
    });

    it('are counted with their snapshots and with the agents that have named them', async () => {
      await addSnapshots(3);
      await rotateSigningKey(deps, JANE, {});
      const computers = await addComputers(cmdb, 5);
      const registration = (ResourceGuid: Guid, index: number, more: Partial<Insertable<AgentRegistrationTable>>) => ({
        ...{ Guid: newGuid(), ResourceGuid, Name: `WKS-${index}`, Domain: '', Fqdn: '', Address: `10.1.0.${index}` },
        ...{
          MacAddress: '',
          UserName: '',
          KeyHash: 'k',
          IsKeyOpaque: 0 as const,
          State: 'allowed',
          Reason: '',
          PolicyKey: 'k',
        },
        ...{ DuplicateOfGuid: null, DecidedBy: null, DecidedAt: null, FirstSeenAt: utc(0), LastSeenAt: utc(0) },
        ...{ RequestCount: 1, RequestXml: '', SigningKeyName: null, ...more },
      });
      const rows = [
        registration(computers[0]!, 0, {}),
        registration(computers[1]!, 1, { SigningKeyName: FIRST }),
        registration(computers[2]!, 2, { SigningKeyName: FIRST }),
        registration(computers[3]!, 3, { KeyHash: '', PolicyKey: '' }),
        registration(computers[4]!, 4, { State: 'pending' }),
      ];
      for (const row of rows) await cmdb.db.insertInto('AgentRegistration').values(row).execute();
      await noteFollower(cmdb, rows[2]!.Guid, SECOND);

      const report = await readKeyReport(cmdb, deps.keys, clock.now());
      expect(report.keys.map(({ name, snapshots: signed, agents }) => [name, signed, agents])).to.deep.equal([
        [SECOND, 0, 1],
        [FIRST, 3, 1],
      ]);
      expect(report).to.include({ unknownSnapshots: 0, unknownAgents: 1, unableAgents: 1 });
      expect((await countFollowers(cmdb)).unable).to.equal(1);
      const all = await listLaggards(cmdb, SECOND, { offset: 0, limit: 10 });
      expect(all.total).to.equal(2);
      expect(all.rows.map(({ name, keyName }) => [name, keyName])).to.deep.equal([
        ['WKS-0', null],
        ['WKS-1', FIRST],
      ]);
      const query = { offset: 1, limit: 1, sort: 'keyName', descending: true } as const;
      expect((await listLaggards(cmdb, SECOND, query)).rows.map(({ name }) => name)).to.deep.equal(['WKS-0']);
      expect(await listLaggards(cmdb, SECOND, { offset: 0, limit: 5, search: '10.1.0.1' })).to.include({ total: 1 });
    });
  });
});

/** The parts of a CMDB, for a copy in which one of them is another. */
const bound = (cmdb: AnyCmdb): Cmdb => ({
  engine: cmdb.engine,
  db: cmdb.db,
  location: cmdb.location,
  insertMany: (table, rows) => cmdb.insertMany(table, rows),
  transaction: (work, options) => cmdb.transaction(work, options),
  close: () => cmdb.close(),
});

import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { listComputerEvents } from '../../models/inventory/computerEvents.ts';
import { countAssociations, readAssociations } from '../../models/resources/readAssociations.ts';
import { readOpenConflicts } from '../../models/resources/readConflicts.ts';
import { readAliases, readKeys, readSharers } from '../../models/resources/readKeys.ts';
import { readNamed } from '../../models/resources/readNamed.ts';
import { readResource } from '../../models/resources/readResource.ts';
import { readResources, readResourceTypes, type ResourcesQuery } from '../../models/resources/readResources.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { ASSOCIATION_TYPE, RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';

const AT = '2031-01-02T03:04:05.000Z';

describe('resources of any type', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    const [one, two, loser] = [newGuid(), newGuid(), newGuid()];
    const [anna, bert, gone] = [newGuid(), newGuid(), newGuid()];

    const add = (Guid: Guid, Name: string, ResourceTypeGuid: Guid, DeletedAt: string | null = null) =>
      cmdb.db
        .insertInto('Resource')
        .values({ Guid, Name, ResourceTypeGuid, IsManaged: 1, CreatedAt: AT, ModifiedAt: AT, DeletedAt })
        .execute();

    before(async () => {
      cmdb = await open();
      await add(one, 'WKS-1', RESOURCE_TYPE.computer);
      await add(two, 'WKS-2', RESOURCE_TYPE.computer);
      await add(anna, 'anna 100%', RESOURCE_TYPE.user);
      await add(bert, 'Bert', RESOURCE_TYPE.user);
      await add(gone, 'gone', RESOURCE_TYPE.user, AT);
      const key = (ResourceGuid: Guid, KeyName: string, KeyValue: string) => ({ ResourceGuid, KeyName, KeyValue });
      await cmdb.insertMany('ResourceKey', [
        key(one, 'macaddress', '00-11'),
        key(one, 'uniqueid', 'U1'),
        key(one, 'serial', 'S1'),
        key(two, 'MACADDRESS', '00-11'),
        key(anna, 'name.domain', 'anna.example'),
      ]);
      const associated = (type: Guid, parent: Guid, child: Guid) => ({
        ResourceAssociationTypeGuid: type,
        ParentResourceGuid: parent,
        ChildResourceGuid: child,
        CreatedAt: AT,
      });
      await cmdb.insertMany('ResourceAssociation', [
        associated(ASSOCIATION_TYPE.primaryUser, one, bert),
        associated(ASSOCIATION_TYPE.primaryUser, two, bert),
        associated(ASSOCIATION_TYPE.assetUserOwner, one, anna),
        associated(ASSOCIATION_TYPE.assetUserOwner, one, gone),
      ]);
      await cmdb.insertMany('ResourceAlias', [{ AliasGuid: loser, ResourceGuid: one, CreatedAt: AT }]);
    });
    after(() => cmdb.close());

    const list = async (query: Partial<ResourcesQuery>) => {
      const all = { sort: 'Name', descending: false, offset: 0, limit: 10 } as const;
      const { rows, total } = await readResources(cmdb, { ...all, ...query });
      return [total, ...rows.map(({ name }) => name)];
    };

    it('are listed by type, without computers and without what is deleted', async () => {
      expect(await list({})).to.deep.equal([2, 'anna 100%', 'Bert']);
      expect(await list({ descending: true, limit: 1 })).to.deep.equal([2, 'Bert']);
      expect(await list({ typeGuid: RESOURCE_TYPE.location })).to.deep.equal([0]);
      const types = await readResourceTypes(cmdb);
      expect(types.find(({ name }) => name === 'User')).to.include({ resources: 2 });
      expect(types.map(({ guid }) => guid)).not.to.include(RESOURCE_TYPE.computer);
    });

    it('are found by a part of the name, a whole key or a GUID; wildcards mean themselves', async () => {
      expect(await list({ search: '100%' })).to.deep.equal([1, 'anna 100%']);
      expect(await list({ search: '_' })).to.deep.equal([0]);
      expect(await list({ search: 'ANNA.EXAMPLE' })).to.deep.equal([1, 'anna 100%']);
      expect(await list({ search: `{${bert.toUpperCase()}}` })).to.deep.equal([1, 'Bert']);
      expect(await list({ search: one })).to.deep.equal([0]);
    });

    it('are read by GUID, also by that of what was merged into one', async () => {
      expect(await readResource(cmdb, anna)).to.include({ name: 'anna 100%', typeName: 'User', deletedAt: null });
      expect(await readResource(cmdb, loser)).to.include({ guid: one, typeName: 'Computer' });
      expect(await readResource(cmdb, newGuid())).to.equal(undefined);
      expect((await readNamed(cmdb, 'wks-2')).map(({ guid }) => guid)).to.deep.equal([two]);
      expect(await readNamed(cmdb, 'gone')).to.deep.equal([]);
      expect(await readNamed(cmdb, '')).to.deep.equal([]);
    });

    it('have associations at both ends, by kind and page; deleted ones say so', async () => {
      const page = { offset: 0, limit: 10 };
      const own = await readAssociations(cmdb, one, page);
      expect(own.total).to.equal(3);
      expect(
        own.rows.map(({ associationName, end, name, isDeleted }) => [associationName, end, name, isDeleted]),
      ).to.deep.equal([
        ['Asset User Owner', 'child', 'anna 100%', false],
        ['Asset User Owner', 'child', 'gone', true],
        ['Computer Primary User', 'child', 'Bert', false],
      ]);
      expect(own.rows[0]!.createdAt).to.equal(AT);
      const parents = await readAssociations(cmdb, bert, { ...page, end: 'parent' });
      expect(parents.rows.map(({ name }) => name)).to.deep.equal(['WKS-1', 'WKS-2']);
      expect((await readAssociations(cmdb, bert, { offset: 1, limit: 1 })).rows[0]!.name).to.equal('WKS-2');
      expect((await readAssociations(cmdb, bert, { ...page, end: 'child' })).total).to.equal(0);
      const other = { ...page, associationGuid: ASSOCIATION_TYPE.assetUserOwner };
      expect((await readAssociations(cmdb, bert, other)).total).to.equal(0);
      expect((await countAssociations(cmdb, bert)).map(({ end, total }) => [end, total])).to.deep.equal([
        ['parent', 2],
      ]);
    });

    it('have keys with what they decide, when hardware was seen, who shares one, and old GUIDs', async () => {
      const seen = {
        ResourceGuid: one,
        ComputerName: 'WKS-1',
        Address: '10.0.0.1',
        FirstSeenAt: '2030-01-01T00:00:00.000Z',
        LastSeenAt: AT,
        TimesSeen: 3,
        IsCurrent: 1,
        Keys: JSON.stringify(['uniqueid=u1']),
      } as const;
      await cmdb.db
        .insertInto('HardwareSeen')
        .values([
          { ...seen, KeysHash: 'a' },
          {
            ...seen,
            KeysHash: 'b',
            FirstSeenAt: '2029-01-01T00:00:00.000Z',
            LastSeenAt: '2029-06-01T00:00:00.000Z',
            IsCurrent: 0,
          },
        ])
        .execute();
      const keys = await readKeys(cmdb, one, RESOURCE_TYPE.computer);
      expect(keys.map(({ name, strength, seen: when }) => [name, strength, when?.firstAt, when?.lastAt])).to.deep.equal(
        [
          ['uniqueid', 3, '2029-01-01T00:00:00.000Z', AT],
          ['macaddress', 1, undefined, undefined],
          ['serial', undefined, undefined, undefined],
        ],
      );
      const sharers = await readSharers(cmdb, one, RESOURCE_TYPE.computer);
      expect(sharers.map(({ name, guid }) => [name, guid])).to.deep.equal([['macaddress', two]]);
      expect(await readAliases(cmdb, one)).to.deep.equal([{ guid: loser, since: AT, name: null, mergedBy: null }]);
    });

    it('tell of open conflicts, at whichever end of a pair they stand', async () => {
      const [first, other] = [one, two].sort() as [Guid, Guid];
      const conflict = (Kind: string, OtherGuid: Guid, State: string) => ({
        Guid: newGuid(),
        Kind,
        ResourceGuid: first,
        OtherGuid,
        ResourceName: 'first',
        OtherName: 'other',
        State,
        FirstSeenAt: AT,
        LastSeenAt: AT,
        TimesSeen: 1,
        DecidedAt: null,
        DecidedBy: null,
        Decision: '',
        Evidence: '{}',
      });
      await cmdb.db
        .insertInto('IdentityConflict')
        .values([conflict('duplicate', other, 'open'), conflict('shared', first, 'open')])
        .execute();
      const of = async (guid: Guid) =>
        (await readOpenConflicts(cmdb, guid)).map(({ kind, otherGuid, otherName }) => [kind, otherGuid, otherName]);
      expect(await of(first)).to.have.deep.members([
        ['duplicate', other, 'other'],
        ['shared', first, 'other'],
      ]);
      expect(await of(other)).to.deep.equal([['duplicate', first, 'first']]);
      await cmdb.db.updateTable('IdentityConflict').set({ State: 'ignored' }).execute();
      expect(await of(first)).to.deep.equal([]);
    });

    it('have events of all kinds in one order, page by page, or of some kinds', async () => {
      const at = (minute: number) => ({ ResourceGuid: one, EventAt: `2031-01-01T00:0${minute}:00.000Z` });
      const software = { AdvertisementId: null, AdvertisementName: '', PackageId: null, PackageName: 'Editor' };
      await cmdb.insertMany('SwdExecution', [
        {
          ...at(1),
          ...software,
          ProgramName: 'Install',
          Status: 'Command executed',
          StartAt: null,
          EndAt: null,
          ReturnCode: 0,
        },
        {
          ...at(6),
          ...software,
          ProgramName: 'Remove',
          Status: 'Command executed',
          StartAt: null,
          EndAt: null,
          ReturnCode: 7,
        },
      ]);
      await cmdb.insertMany('SwdStatus', [
        { ...at(2), ...software, Status: 'Done', Detail: 'All is well', ReturnCode: null },
      ]);
      await cmdb.insertMany('PackageServerEvent', [
        { ...at(3), PackageId: anna, PackageVersion: 2, Status: 'Ready', Codebase: 'https://ps1/' },
      ]);
      await cmdb.insertMany('TaskStatusEvent', [
        {
          ...at(4),
          TaskGuid: null,
          TaskInstanceGuid: null,
          TaskName: 'Wake',
          Status: 'Success',
          StartAt: null,
          EndAt: null,
          ReturnCode: 0,
          Detail: '',
        },
      ]);
      await cmdb.insertMany('ClientLogOn', [
        {
          ...at(5),
          UserName: 'anna',
          UserDomain: 'EXAMPLE',
          Event: 'logon',
          LogOnAt: null,
          LogOffAt: null,
          DurationSeconds: null,
        },
      ]);
      const { total, events } = await listComputerEvents(cmdb, one, 0, 10);
      expect(total).to.equal(6);
      expect(events.map(({ kind, programName, status, detail }) => [kind, programName, status, detail])).to.deep.equal([
        ['execution', 'Remove', 'Command executed', ''],
        ['logOn', 'anna', 'logon', 'EXAMPLE'],
        ['task', 'Wake', 'Success', ''],
        ['packageServer', '', 'Ready', 'https://ps1/'],
        ['status', '', 'Done', 'All is well'],
        ['execution', 'Install', 'Command executed', ''],
      ]);
      expect(events[3]).to.include({ packageGuid: anna, policyGuid: null, at: '2031-01-01T00:03:00.000Z' });
      const second = await listComputerEvents(cmdb, one, 2, 2);
      expect(second.events.map(({ kind }) => kind)).to.deep.equal(['task', 'packageServer']);
      const runs = await listComputerEvents(cmdb, one, 0, 10, ['execution']);
      expect([runs.total, ...runs.events.map(({ returnCode }) => returnCode)]).to.deep.equal([2, 7, 0]);
      expect((await listComputerEvents(cmdb, two, 0, 10)).total).to.equal(0);
    });
  });
});

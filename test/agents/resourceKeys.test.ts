import { expect } from 'chai';
import type { ResourceKeyValue } from '../../models/agents/registrationRequest.ts';
import { computerByKeys, matchByKeys } from '../../models/agents/resourceKeys.ts';
import { utc } from '../../models/clock.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { NOON } from './support.ts';

const strengths = new Map([
  ['uniqueid', 3],
  ['fqdn', 2],
  ['name.domain', 2],
  ['macaddress', 1],
]);
const keys = (values: Record<string, string | string[]>): ResourceKeyValue[] =>
  Object.entries(values).flatMap(([name, value]) => [value].flat().map((one) => ({ name, value: one })));

describe('matching by resource keys', () => {
  const known = newGuid();
  const match = (claimed: Parameters<typeof keys>[0], has: Parameters<typeof keys>[0]): boolean =>
    matchByKeys(keys(claimed), new Map([[known, keys(has)]]), strengths) === known;

  it('takes any equal key, whatever the letter case', () => {
    expect(match({ uniqueid: 'AB' }, { uniqueid: 'ab' })).to.equal(true);
    expect(match({ macaddress: '02:00:5e:10:00:01' }, { macaddress: '02:00:5E:10:00:01' })).to.equal(true);
    expect(match({ fqdn: 'a.test' }, { fqdn: 'b.test' })).to.equal(false);
    expect(match({ fqdn: 'a.test' }, { 'name.domain': 'a.test' })).to.equal(false);
  });

  it('never joins two computers on a weak key when a stronger one differs', () => {
    expect(match({ macaddress: 'm', uniqueid: 'a' }, { macaddress: 'm', uniqueid: 'b' })).to.equal(false);
    expect(match({ 'name.domain': 'n', uniqueid: 'a' }, { 'name.domain': 'n', uniqueid: 'b' })).to.equal(false);
    expect(match({ macaddress: 'm', fqdn: 'a' }, { macaddress: 'm', fqdn: 'b' })).to.equal(false);
    expect(match({ macaddress: 'm', uniqueid: 'a' }, { macaddress: 'm' })).to.equal(true);
  });

  it('lets a strong key outweigh names that changed, and one adapter of several be enough', () => {
    expect(match({ uniqueid: 'a', fqdn: 'new' }, { uniqueid: 'a', fqdn: 'old' })).to.equal(true);
    expect(match({ uniqueid: ['a', 'b'] }, { uniqueid: ['b', 'c'] })).to.equal(true);
  });

  it('ignores keys that the resource type does not merge by', () => {
    expect(match({ serial: 's' }, { serial: 's' })).to.equal(false);
  });

  it('prefers the strongest key, then the most', () => {
    const [byName, byId] = [newGuid(), newGuid()];
    const candidates = new Map([
      [byName, keys({ 'name.domain': 'n', fqdn: 'f' })],
      [byId, keys({ uniqueid: 'u' })],
    ]);
    expect(matchByKeys(keys({ uniqueid: 'u', 'name.domain': 'n', fqdn: 'f' }), candidates, strengths)).to.equal(byId);
    const more = new Map([
      [byName, keys({ fqdn: 'f' })],
      [byId, keys({ fqdn: 'f', 'name.domain': 'n' })],
    ]);
    expect(matchByKeys(keys({ 'name.domain': 'n', fqdn: 'f' }), more, strengths)).to.equal(byId);
  });
});

describe('the computer that resource keys name', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    before(async () => {
      cmdb = await open();
    });
    after(() => cmdb.close());

    async function resource(
      values: Parameters<typeof keys>[0],
      type: Guid,
      deletedAt: string | null = null,
    ): Promise<Guid> {
      const guid = newGuid();
      const at = utc(NOON);
      const times = { CreatedAt: at, ModifiedAt: at, DeletedAt: deletedAt };
      await cmdb.db
        .insertInto('Resource')
        .values({ Guid: guid, Name: 'R', ResourceTypeGuid: type, IsManaged: 1, ...times })
        .execute();
      for (const { name, value } of keys(values)) {
        await cmdb.db
          .insertInto('ResourceKey')
          .values({ ResourceGuid: guid, KeyName: name, KeyValue: value })
          .execute();
      }
      return guid;
    }

    it('is found by its strongest key first', async () => {
      const byMac = await resource({ macaddress: 'shared', fqdn: 'one.test' }, RESOURCE_TYPE.computer);
      const byId = await resource({ macaddress: 'shared', uniqueid: 'board-1' }, RESOURCE_TYPE.computer);
      expect(await computerByKeys(cmdb, keys({ macaddress: 'SHARED', uniqueid: 'BOARD-1' }))).to.equal(byId);
      expect(await computerByKeys(cmdb, keys({ fqdn: 'ONE.test', macaddress: 'shared' }))).to.equal(byMac);
      expect(await computerByKeys(cmdb, keys({ uniqueid: 'board-2', macaddress: 'other' }))).to.equal(undefined);
      expect(await computerByKeys(cmdb, [])).to.equal(undefined);
    });

    it('is no user, no site and nothing deleted', async () => {
      await resource({ uniqueid: 'a user' }, RESOURCE_TYPE.user);
      await resource({ uniqueid: 'gone' }, RESOURCE_TYPE.computer, utc(NOON));
      expect(await computerByKeys(cmdb, keys({ uniqueid: 'a user' }))).to.equal(undefined);
      expect(await computerByKeys(cmdb, keys({ uniqueid: 'gone' }))).to.equal(undefined);
    });

    it('is found although hundreds share a weaker key', async () => {
      for (let number = 0; number < 520; number++) await resource({ macaddress: 'dock' }, RESOURCE_TYPE.computer);
      const one = await resource({ macaddress: 'dock', uniqueid: 'board-9' }, RESOURCE_TYPE.computer);
      expect(await computerByKeys(cmdb, keys({ macaddress: 'dock', uniqueid: 'board-9' }))).to.equal(one);
    });
  });
});

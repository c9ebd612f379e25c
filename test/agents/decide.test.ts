import { expect } from 'chai';
import { decideRegistrations, type Decision } from '../../models/agents/decide.ts';
import { createEnrolmentToken } from '../../models/agents/enrolmentTokens.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import {
  ADMIN,
  newKey,
  newWorld,
  OPAQUE_KEY,
  PIN,
  sha256,
  storedState,
  type TestMachine,
  type World,
} from './support.ts';

describe('decisions about registrations', () => {
  forEachEngine((_engine, open) => {
    let world: World;
    beforeEach(async () => {
      world = await newWorld(await open());
    });
    afterEach(() => world.cmdb.close());

    const decide = async (decision: Decision, ...guids: Guid[]) =>
      decideRegistrations(world.deps, ADMIN, decision, guids);
    const state = () => storedState(world.cmdb);
    const stateOf = async (registration: Guid): Promise<string> =>
      (await state()).registrations.find(({ Guid }) => Guid === registration)?.State ?? 'gone';
    const audit = async (): Promise<string[]> => {
      const rows = await world.cmdb.db
        .selectFrom('AuditEntry')
        .select(['Action', 'ObjectName', 'Actor'])
        .orderBy('Id')
        .execute();
      return rows.map(({ Action, ObjectName, Actor }) => `${Actor} ${Action} ${ObjectName}`);
    };
    const pending = (part: TestMachine = {}) => world.ask({ guid: newGuid(), policyKey: newKey().blob, ...part });

    it('allow what waits: the computer comes into being with the keys that it asked with', async () => {
      const { registrationGuid, resourceGuid } = await pending({
        name: 'A',
        keys: { uniqueid: 'u-1', fqdn: 'a.test' },
      });
      const [result] = await decide('allow', registrationGuid);
      expect(result).to.include({
        name: 'A',
        before: 'pending',
        after: 'allowed',
        changed: true,
        resourceGuid,
        message: 'Allowed.',
      });
      const { registrations, resources, keys, computers } = await state();
      expect(registrations[0]).to.include({ State: 'allowed', DecidedBy: 'jane' });
      expect(resources[0]).to.include({ Guid: resourceGuid, IsManaged: 1 });
      expect(keys.map(({ KeyValue }) => KeyValue)).to.deep.equal(['a.test', 'u-1']);
      expect(computers[0]).to.include({ Name: 'A', IpAddress: '10.1.2.3' });
      expect(world.agents.get(resourceGuid)?.state).to.equal('allowed');
      expect(await audit()).to.deep.equal(['jane allow A']);
      const { Detail } = await world.cmdb.db.selectFrom('AuditEntry').select('Detail').executeTakeFirstOrThrow();
      expect(JSON.parse(Detail!)).to.deep.include({ after: { state: 'allowed', resourceGuid } });
    });

    it('take many at once and tell of each what happened', async () => {
      const [a, b] = [await pending({ name: 'A' }), await pending({ name: 'B' })];
      await decide('allow', a.registrationGuid);
      const results = await decide('allow', a.registrationGuid, newGuid(), b.registrationGuid);
      expect(results.map(({ name, changed, before, after }) => [name, changed, before, after])).to.deep.equal([
        ['A', false, 'allowed', 'allowed'],
        ['', false, undefined, undefined],
        ['B', true, 'pending', 'allowed'],
      ]);
      expect(await audit()).to.deep.equal(['jane allow A', 'jane allow B']);
    });

    it('block what waits, and what was allowed', async () => {
      const [a, b] = [await pending({ name: 'A' }), await pending({ name: 'B' })];
      await decide('allow', b.registrationGuid);
      const results = await decide('block', a.registrationGuid, b.registrationGuid, a.registrationGuid);
      expect(results.map(({ changed }) => changed)).to.deep.equal([true, true, false]);
      expect(await stateOf(a.registrationGuid)).to.equal('blocked');
      expect(world.agents.get(b.resourceGuid)?.state).to.equal('blocked');
      expect((await state()).resources, 'a blocked computer keeps its record').to.have.length(1);
      expect(await audit()).to.deep.equal(['jane allow B', 'jane block A', 'jane block B']);
    });

    it('revoke trust of what was allowed, and of nothing else', async () => {
      const [a, b] = [await pending({ name: 'A' }), await pending({ name: 'B' })];
      await decide('allow', a.registrationGuid);
      const [revoked, waiting] = await decide('revoke', a.registrationGuid, b.registrationGuid);
      expect(revoked).to.include({ before: 'allowed', after: 'revoked', changed: true });
      expect(waiting).to.include({ before: 'pending', after: 'pending', changed: false });
      expect(waiting!.message).to.include('Only an allowed registration');
      expect(world.agents.get(a.resourceGuid)?.state).to.equal('revoked');
      expect(world.agents.size).to.equal(0);
      const timeline = await world.cmdb.db.selectFrom('Timeline').select('Kind').orderBy('Id').execute();
      expect(timeline.map(({ Kind }) => Kind)).to.deep.equal(['registered', 'revoked']);
      const [again] = await decide('allow', a.registrationGuid);
      expect(again).to.include({ before: 'revoked', after: 'allowed' });
      expect(world.agents.get(a.resourceGuid)?.state).to.equal('allowed');
    });

    describe('about a duplicate', () => {
      const first = newKey();
      const second = newKey();
      let computer: Guid;
      let original: Guid;

      beforeEach(async () => {
        const answer = await pending({ name: 'A', policyKey: first.blob, keys: { uniqueid: 'u-1' } });
        computer = answer.resourceGuid;
        original = answer.registrationGuid;
        await decide('allow', original);
      });

      it('pin the new key in place of the old when it is allowed', async () => {
        const { registrationGuid } = await pending({ guid: computer, name: 'A', policyKey: second.blob });
        const [result] = await decide('allow', registrationGuid);
        expect(result).to.include({ after: 'allowed', replaced: original, resourceGuid: computer });
        expect(await stateOf(original)).to.equal('revoked');
        expect(world.agents.get(computer)).to.include({ state: 'allowed', keyHash: sha256(second.blob) });
        const { registrations, resources } = await state();
        expect(resources).to.have.length(1);
        expect(registrations.find(({ Guid }) => Guid === registrationGuid)!.DuplicateOfGuid).to.equal(null);
        expect(await world.ask({ guid: computer, name: 'A', policyKey: first.blob })).to.include({ state: 'revoked' });
      });

      it('merge two entries into one when it came under a GUID of its own', async () => {
        const own = newGuid();
        const { registrationGuid } = await pending({
          guid: own,
          name: 'A',
          policyKey: second.blob,
          keys: { uniqueid: 'U-1', fqdn: 'a.test' },
        });
        expect(world.agents.get(own)?.state).to.equal('pending');
        const [result] = await decide('allow', registrationGuid);
        expect(result).to.include({ replaced: original, resourceGuid: computer, changed: true });
        const { registrations, resources, computers, aliases, keys } = await state();
        expect(registrations.map(({ ResourceGuid }) => ResourceGuid)).to.deep.equal([computer, computer]);
        expect([resources.length, computers.length]).to.deep.equal([1, 1]);
        expect(aliases.map(({ AliasGuid, ResourceGuid }) => [AliasGuid, ResourceGuid])).to.deep.equal([
          [own, computer],
        ]);
        expect(keys.map(({ KeyName }) => KeyName).sort()).to.deep.equal(['fqdn', 'uniqueid']);
        expect(world.agents.get(own)).to.equal(world.agents.get(computer));
        expect(world.agents.get(computer)?.keyHash).to.equal(sha256(second.blob));
      });

      it('leave the original alone when it is blocked', async () => {
        const { registrationGuid } = await pending({ guid: computer, name: 'A', policyKey: second.blob });
        await decide('block', registrationGuid);
        expect(await stateOf(original)).to.equal('allowed');
        expect(world.agents.get(computer)).to.include({ state: 'allowed', keyHash: sha256(first.blob) });
        expect(await world.ask({ guid: computer, name: 'A', policyKey: second.blob })).to.include({ state: 'blocked' });
      });

      it('give the old key its place back when that is allowed again', async () => {
        const { registrationGuid } = await pending({ guid: computer, name: 'A', policyKey: second.blob });
        await decide('allow', registrationGuid);
        const [result] = await decide('allow', original);
        expect(result).to.include({ after: 'allowed', replaced: registrationGuid });
        expect(world.agents.get(computer)?.keyHash).to.equal(sha256(first.blob));
      });

      it('mark what else waits for the same place', async () => {
        const own = newGuid();
        const a = await pending({ guid: own, name: 'NEW', policyKey: first.blob });
        const b = await pending({ guid: own, name: 'NEW', policyKey: second.blob });
        await decide('allow', a.registrationGuid);
        const waiting = (await state()).registrations.find(({ Guid }) => Guid === b.registrationGuid);
        expect(waiting).to.include({ State: 'pending', DuplicateOfGuid: own });
      });
    });

    it('merge original agents without a key as one entry', async () => {
      const first = await pending({ name: 'OLD', policyKey: '', keys: { uniqueid: 'u-1' } });
      await decide('allow', first.registrationGuid);
      const again = await pending({ name: 'OLD', policyKey: '', keys: { uniqueid: 'u-1' } });
      expect(again.resourceGuid).to.not.equal(first.resourceGuid);
      const [result] = await decide('allow', again.registrationGuid);
      expect(result).to.include({
        registrationGuid: first.registrationGuid,
        resourceGuid: first.resourceGuid,
        after: 'allowed',
      });
      const { registrations, resources } = await state();
      expect([registrations.length, resources.length]).to.deep.equal([1, 1]);
      expect(world.agents.get(first.resourceGuid)).to.include({ state: 'allowed', canProve: false });
    });

    it('do not replace a key that nobody has been told of', async () => {
      const [a, b] = [
        await pending({ name: 'A', policyKey: OPAQUE_KEY, keys: { uniqueid: 'u-1' } }),
        await pending({ name: 'A', keys: { uniqueid: 'u-1' } }),
      ];
      const [first, second] = await decide('allow', a.registrationGuid, b.registrationGuid);
      expect(first!.changed).to.equal(true);
      expect(second).to.include({ changed: false, after: 'pending' });
      expect(second!.message).to.include('Meanwhile another key');
      expect(await stateOf(a.registrationGuid)).to.equal('allowed');
      const [third] = await decide('allow', b.registrationGuid);
      expect(third).to.include({ changed: true, replaced: a.registrationGuid, resourceGuid: a.resourceGuid });
    });

    it('of two administrators at once leave one key allowed', async () => {
      const guid = newGuid();
      const rows = await Promise.all([1, 2, 3].map(() => pending({ guid, name: 'A' })));
      await Promise.all(rows.map(({ registrationGuid }) => decide('allow', registrationGuid)));
      const states = (await state()).registrations.map(({ State }) => State).sort();
      expect(states).to.deep.equal(['allowed', 'revoked', 'revoked']);
    });

    it('do not count uses of tokens', async () => {
      const { token } = await createEnrolmentToken(world.cmdb, world.clock, ADMIN, { name: 't', maxUses: 1 }, PIN);
      const { registrationGuid } = await pending({ name: 'A' });
      await decide('allow', registrationGuid);
      expect((await world.ask({ guid: newGuid(), name: 'B', policyKey: newKey().blob }, { token })).state).to.equal(
        'allowed',
      );
    });
  });
});

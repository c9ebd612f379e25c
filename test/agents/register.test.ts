import { expect } from 'chai';
import { createRule } from '../../models/agents/changeRules.ts';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { createEnrolmentToken } from '../../models/agents/enrolmentTokens.ts';
import { register } from '../../models/agents/register.ts';
import { RegistrationLimiter } from '../../models/agents/registrationLimiter.ts';
import { readRegistrationRequest } from '../../models/agents/registrationRequest.ts';
import { utc } from '../../models/clock.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { parseEnrolmentToken } from '../../wire/proof.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { forEachEngine } from '../support/cmdb.ts';
import {
  ADMIN,
  newKey,
  newWorld,
  NOON,
  PIN,
  refusalOf,
  requestOf,
  sample,
  sha256,
  storedState,
  type TestMachine,
  type World,
} from './support.ts';

describe('registration', () => {
  forEachEngine((_engine, open) => {
    let world: World;
    beforeEach(async () => {
      world = await newWorld(await open());
    });
    afterEach(() => world.cmdb.close());

    const state = () => storedState(world.cmdb);
    const token = async (maxUses: number | null = null): Promise<string> =>
      (await createEnrolmentToken(world.cmdb, world.clock, ADMIN, { name: 'rollout', maxUses }, PIN)).token;
    const rule = (action: 'allow' | 'block', nameMasks: string[], addressMasks: string[] = []) =>
      createRule(world.cmdb, world.clock, ADMIN, {
        name: `${action} rule`,
        action,
        nameMasks,
        addressMasks,
        isEnabled: true,
      });
    const allow = (guid: Guid) => decideRegistrations(world.deps, ADMIN, 'allow', [guid]);
    const machine = (part: TestMachine = {}): TestMachine & { guid: Guid } => ({
      guid: newGuid(),
      name: 'WKS-042',
      policyKey: newKey().blob,
      keys: { uniqueid: `board-${newGuid()}` },
      ...part,
    });

    describe('of a computer that nobody knows', () => {
      it('waits: no resource, no key, no GUID but its own', async () => {
        const asked = machine();
        const answer = await world.ask(asked);
        expect(answer).to.include({ resourceGuid: asked.guid, state: 'pending', existed: false, isNews: true });
        const { registrations, ...rest } = await state();
        expect(registrations).to.have.length(1);
        expect(registrations[0]).to.include({ Name: 'WKS-042', KeyHash: sha256(asked.policyKey!), State: 'pending' });
        expect(rest).to.deep.equal({ resources: [], keys: [], computers: [], aliases: [], tokens: [] });
        expect(world.agents.get(asked.guid)?.state).to.equal('pending');
      });

      it('keeps what sample 01 says, and where it came from', async () => {
        const request = readRegistrationRequest(sample('01-createresource-request.xml'));
        await register(world.deps, request, { address: '10.1.2.3', token: undefined });
        const row = await world.cmdb.db.selectFrom('AgentRegistration').selectAll().executeTakeFirstOrThrow();
        expect(row).to.include({
          ResourceGuid: '0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e',
          Name: 'WKS-042',
          Domain: 'EXAMPLE',
          Fqdn: 'wks-042.example.test',
          Address: '10.1.2.3',
          PolicyKey: 'AAAAAQABTUFERS1VUC1TQU1QTEU=',
          IsKeyOpaque: 1,
          State: 'pending',
          FirstSeenAt: utc(NOON),
          LastSeenAt: utc(NOON),
          RequestCount: 1,
        });
        expect(row.RequestXml).to.include('made-up-hardware-id-1');
      });

      it('is one request however often it asks', async () => {
        const asked = machine();
        await world.ask(asked);
        world.clock.time += 1000;
        expect(await world.ask({ ...asked, name: 'DC-01' })).to.include({
          state: 'pending',
          isNews: false,
          name: 'WKS-042',
        });
        const rows = await world.cmdb.db.selectFrom('AgentRegistration').selectAll().execute();
        expect(rows).to.have.length(1);
        expect(rows[0], 'an administrator decides on what he was shown').to.include({
          Name: 'WKS-042',
          RequestCount: 2,
        });
        expect(rows[0]!.LastSeenAt).to.equal(utc(NOON + 1000));
      });

      it('gets a GUID when it proposes none, and the same one when the answer was lost', async () => {
        const asked = { ...machine(), guid: undefined };
        const first = await world.ask(asked);
        expect(await world.ask(asked)).to.include({ resourceGuid: first.resourceGuid, isNews: false });
        expect(await world.ask({ ...asked, guid: first.resourceGuid })).to.include({ isNews: false });
        expect((await state()).registrations).to.have.length(1);
      });

      it('without GUID and key is never told the GUID of another such computer', async () => {
        const asked = { name: 'OLD-1' };
        const [first, second] = [await world.ask(asked), await world.ask(asked)];
        expect(second.resourceGuid).to.not.equal(first.resourceGuid);
      });

      it('does not get a GUID that something else has', async () => {
        const [site, user] = [newGuid(), newGuid()];
        const times = { CreatedAt: utc(NOON), ModifiedAt: utc(NOON) };
        const { db } = world.cmdb;
        const { Guid: ClassGuid } = await db.selectFrom('ItemClass').select('Guid').executeTakeFirstOrThrow();
        const by = { CreatedBy: '', ModifiedBy: '', Description: '', ProductGuid: null, Attributes: 0 };
        await db
          .insertInto('Item')
          .values({ Guid: site, Name: 'Berlin', ClassGuid, ...by, ...times })
          .execute();
        const resource = { Name: 'jo', ResourceTypeGuid: RESOURCE_TYPE.user, IsManaged: 0 as const, DeletedAt: null };
        await db
          .insertInto('Resource')
          .values({ Guid: user, ...resource, ...times })
          .execute();
        for (const guid of [site, user]) {
          const answer = await world.ask(machine({ guid }), { token: await token() });
          expect(answer.state).to.equal('allowed');
          expect(answer.resourceGuid).to.not.equal(guid);
        }
      });

      it('is let in twice at once as one', async () => {
        const asked = machine();
        const sender = { token: await token() };
        const answers = await Promise.all([
          world.ask(asked, sender),
          world.ask(asked, sender),
          world.ask(asked, sender),
        ]);
        expect(answers.map((answer) => answer.state)).to.deep.equal(['allowed', 'allowed', 'allowed']);
        const { registrations, resources, tokens } = await state();
        expect([registrations.length, resources.length, tokens[0]!.UsedCount]).to.deep.equal([1, 1, 1]);
      });
    });

    describe('with an enrolment token', () => {
      it('is allowed: resource, keys, computer, timeline and change log come in one', async () => {
        const asked = machine({
          keys: { uniqueid: 'board-1', fqdn: 'wks-042.example.test', 'name.domain': 'WKS-042.EXAMPLE' },
        });
        const answer = await world.ask(asked, { token: await token(1) });
        expect(answer).to.include({ resourceGuid: asked.guid, state: 'allowed', existed: false, isNews: true });
        const { registrations, resources, keys, computers, tokens } = await state();
        expect(registrations[0]).to.include({ State: 'allowed', DecidedBy: 'token rollout' });
        expect(resources).to.have.length(1);
        expect(resources[0]).to.include({
          Guid: asked.guid,
          Name: 'WKS-042',
          IsManaged: 1,
          ResourceTypeGuid: RESOURCE_TYPE.computer,
        });
        expect(keys.map(({ KeyName }) => KeyName).sort()).to.deep.equal(['fqdn', 'name.domain', 'uniqueid']);
        expect(computers[0]).to.include({
          Name: 'WKS-042',
          Domain: 'EXAMPLE',
          Fqdn: 'wks-042.example.test',
          IpAddress: '10.1.2.3',
        });
        expect(tokens[0]!.UsedCount).to.equal(1);
        const timeline = await world.cmdb.db.selectFrom('Timeline').selectAll().execute();
        expect(timeline.map(({ Kind, ResourceGuid }) => [Kind, ResourceGuid])).to.deep.equal([
          ['registered', asked.guid],
        ]);
        const changes = await world.cmdb.db
          .selectFrom('ChangeLog')
          .select(['Kind', 'ItemGuid'])
          .orderBy('Id')
          .execute();
        expect(changes).to.deep.equal([
          { Kind: 'registration', ItemGuid: asked.guid },
          { Kind: 'computer', ItemGuid: asked.guid },
        ]);
        expect(world.agents.get(asked.guid)).to.include({
          state: 'allowed',
          keyHash: sha256(asked.policyKey!),
          canProve: true,
        });
      });

      it('costs no second use when the same computer asks again', async () => {
        const sender = { token: await token(2) };
        const asked = machine();
        await world.ask(asked, sender);
        world.clock.time += 60_000;
        expect(await world.ask(asked, sender)).to.include({ state: 'allowed', existed: true, isNews: false });
        expect((await state()).tokens[0]!.UsedCount).to.equal(1);
        const row = await world.cmdb.db.selectFrom('AgentRegistration').selectAll().executeTakeFirstOrThrow();
        expect(row).to.include({ RequestCount: 2, LastSeenAt: utc(NOON + 60_000) });
      });

      it('beyond its uses waits, with the reason for the administrator', async () => {
        const sender = { token: await token(1) };
        await world.ask(machine(), sender);
        const answer = await world.ask(machine({ name: 'TOO-LATE' }), sender);
        expect(answer.state).to.equal('pending');
        expect(answer.reason).to.include('used up');
        const { resources, tokens } = await state();
        expect([resources.length, tokens[0]!.UsedCount]).to.deep.equal([1, 1]);
      });

      it('lets in as many as it has uses when all come at once', async () => {
        const sender = { token: await token(3) };
        const answers = await Promise.all(Array.from({ length: 6 }, () => world.ask(machine(), sender)));
        expect(answers.filter((answer) => answer.state === 'allowed')).to.have.length(3);
        expect((await state()).resources).to.have.length(3);
      });

      it('whose secret is guessed waits', async () => {
        const [id, , pin] = (await token()).split('.');
        const answer = await world.ask(machine(), { token: `${id}.${'A'.repeat(43)}.${pin}` });
        expect(answer.state).to.equal('pending');
        const { resources, tokens } = await state();
        expect([resources.length, tokens[0]!.UsedCount]).to.deep.equal([0, 0]);
      });

      it('is let in after it waited without one', async () => {
        const asked = machine();
        await world.ask(asked);
        expect(await world.ask(asked, { token: await token() })).to.include({ state: 'allowed', isNews: true });
        expect((await state()).registrations).to.have.length(1);
      });
    });

    describe('by rules', () => {
      it('is allowed or blocked by the first rule that fits, in the rule’s name', async () => {
        await rule('block', ['WKS-666']);
        await rule('allow', ['WKS-*'], ['10.1.0.0/16']);
        const blocked = await world.ask(machine({ name: 'WKS-666' }));
        const allowed = await world.ask(machine({ name: 'WKS-1' }));
        const elsewhere = await world.ask(machine({ name: 'WKS-2' }), { address: '10.2.0.1' });
        expect([blocked.state, allowed.state, elsewhere.state]).to.deep.equal(['blocked', 'allowed', 'pending']);
        const { registrations, resources } = await state();
        expect(resources.map(({ Guid }) => Guid)).to.deep.equal([allowed.resourceGuid]);
        const decided = registrations.map(({ Name, DecidedBy }) => `${Name} ${DecidedBy}`).sort();
        expect(decided).to.deep.equal(['WKS-1 allow rule', 'WKS-2 null', 'WKS-666 block rule']);
        expect(world.agents.get(blocked.resourceGuid)?.state).to.equal('blocked');
      });

      it('stays blocked, whatever it brings later', async () => {
        await rule('block', ['WKS-666']);
        const asked = machine({ name: 'WKS-666' });
        await world.ask(asked);
        expect(await world.ask({ ...asked, name: 'WKS-1' }, { token: await token() })).to.include({ state: 'blocked' });
        expect((await state()).resources).to.deep.equal([]);
      });

      it('that came later lets in what waits, as what it says it is by then', async () => {
        const asked = machine({ name: 'OLD-NAME' });
        await world.ask(asked);
        await rule('allow', ['NEW-*']);
        expect((await world.ask({ ...asked, name: 'NEW-NAME' })).state).to.equal('allowed');
        const { registrations, computers } = await state();
        expect([registrations[0]!.Name, computers[0]!.Name]).to.deep.equal(['NEW-NAME', 'NEW-NAME']);
      });
    });

    describe('with another key for a known computer', () => {
      let known: TestMachine & { guid: Guid };
      beforeEach(async () => {
        known = machine({ keys: { uniqueid: 'board-1', 'name.domain': 'WKS-042.EXAMPLE' } });
        await world.ask(known, { token: await token() });
        await rule('allow', ['*']);
      });

      it('waits in spite of token and rule, and the first keeps working', async () => {
        const before = await state();
        const thief = newKey();
        const sender = { token: await token() };
        const answer = await world.ask({ ...known, policyKey: thief.blob }, sender);
        expect(answer).to.include({ state: 'pending', resourceGuid: known.guid });
        const after = await state();
        expect(after.resources).to.deep.equal(before.resources);
        expect(after.computers).to.deep.equal(before.computers);
        expect(after.tokens.every(({ UsedCount }) => UsedCount <= 1)).to.equal(true);
        expect(after.registrations.find(({ KeyHash }) => KeyHash === sha256(thief.blob))).to.include({
          State: 'pending',
          DuplicateOfGuid: known.guid,
        });
        expect(world.agents.get(known.guid)).to.include({ state: 'allowed', keyHash: sha256(known.policyKey!) });
        expect(await world.ask(known)).to.include({ state: 'allowed', existed: true });
      });

      it('waits without any key too', async () => {
        expect(await world.ask({ ...known, policyKey: '' })).to.include({ state: 'pending' });
        expect(world.agents.get(known.guid)).to.include({ state: 'allowed', canProve: true });
      });

      it('waits when only the resource keys say who it is, and is not told that computer’s GUID', async () => {
        const mine = newGuid();
        for (const guid of [mine, undefined]) {
          const answer = await world.ask({ ...known, guid, policyKey: newKey().blob });
          expect(answer.state).to.equal('pending');
          expect(answer.resourceGuid).to.not.equal(known.guid);
        }
        const keyless = await world.ask({ name: known.name, keys: known.keys });
        expect(keyless.state).to.equal('pending');
        expect(keyless.resourceGuid).to.not.equal(known.guid);
        const { registrations, resources } = await state();
        expect(resources).to.have.length(1);
        expect(registrations.filter(({ DuplicateOfGuid }) => DuplicateOfGuid === known.guid)).to.have.length(3);
      });

      it('keeps waiting when it asks again without the telling keys', async () => {
        const guid = newGuid();
        const policyKey = newKey().blob;
        await world.ask({ ...known, guid, policyKey });
        const answer = await world.ask({ guid, policyKey, name: 'SOMETHING-ELSE' });
        expect(answer).to.include({ state: 'pending', resourceGuid: guid, isNews: false });
        expect((await state()).registrations).to.have.length(2);
      });

      it('waits also after the first was revoked or blocked', async () => {
        const { Guid } = (await state()).registrations[0]!;
        await decideRegistrations(world.deps, ADMIN, 'revoke', [Guid]);
        const answer = await world.ask({ ...known, policyKey: newKey().blob }, { token: await token() });
        expect(answer.state).to.equal('pending');
        expect(world.agents.size).to.equal(0);
      });

      it('is another computer when a strong key contradicts', async () => {
        const twin = machine({ keys: { uniqueid: 'board-2', 'name.domain': 'WKS-042.EXAMPLE' } });
        expect(await world.ask(twin)).to.include({ state: 'allowed', resourceGuid: twin.guid });
        expect((await state()).resources).to.have.length(2);
      });
    });

    it('gives a computer that lost its GUID and kept its key its place back', async () => {
      const known = machine();
      await world.ask(known, { token: await token() });
      for (const asked of [
        { ...known, guid: undefined },
        { ...known, guid: newGuid() },
        { ...known, guid: newGuid(), name: 'RENAMED' },
      ]) {
        expect(await world.ask(asked)).to.include({ state: 'allowed', resourceGuid: known.guid, existed: true });
      }
      const { registrations, resources } = await state();
      expect([registrations.length, resources.length]).to.deep.equal([1, 1]);
    });

    it('answers a merged computer with the GUID that it has now', async () => {
      const known = machine({ keys: { uniqueid: 'board-1' } });
      await world.ask(known, { token: await token() });
      const reinstalled = machine({ keys: { uniqueid: 'board-1' } });
      const { registrationGuid } = await world.ask(reinstalled);
      await allow(registrationGuid);
      expect(await world.ask(reinstalled)).to.include({ state: 'allowed', resourceGuid: known.guid, existed: true });
    });

    it('takes over an imported computer that never had an agent', async () => {
      const guid = newGuid();
      const times = { CreatedAt: utc(NOON), ModifiedAt: utc(NOON), DeletedAt: null };
      const resource = { Guid: guid, Name: 'WKS-042', ResourceTypeGuid: RESOURCE_TYPE.computer, IsManaged: 0 as const };
      await world.cmdb.db
        .insertInto('Resource')
        .values({ ...resource, ...times })
        .execute();
      await world.cmdb.db
        .insertInto('ResourceKey')
        .values({ ResourceGuid: guid, KeyName: 'uniqueid', KeyValue: 'board-1' })
        .execute();
      const answer = await world.ask(
        { ...machine({ keys: { uniqueid: 'BOARD-1' } }), guid: undefined },
        { token: await token() },
      );
      expect(answer).to.include({ state: 'allowed', resourceGuid: guid, existed: true });
      const { resources } = await state();
      expect(resources.map(({ IsManaged }) => IsManaged)).to.deep.equal([1]);
    });

    it('lets one key in, of several that come at once for a new computer with good tokens', async () => {
      const [guid, good] = [newGuid(), await token()];
      // On SQL Server each needs a connection of its own: opened first, so that they do come at once.
      const open = () => world.cmdb.transaction(({ db }) => db.selectFrom('Role').select('Guid').execute());
      await Promise.all(Array.from({ length: 5 }, open));
      const asking = Array.from({ length: 5 }, () =>
        world.ask({ ...machine(), guid, keys: {}, policyKey: newKey().blob }, { token: good }),
      );
      const answers = (await Promise.all(asking)).map((answer) => answer.state);
      expect(answers.toSorted()).to.deep.equal(['allowed', 'pending', 'pending', 'pending', 'pending']);
      const { registrations, tokens } = await state();
      expect(registrations.map(({ State }) => State).toSorted()).to.deep.equal(answers.toSorted());
      expect(tokens.map(({ UsedCount }) => UsedCount)).to.deep.equal([1]);
    });

    it('lets no more strangers wait than there may be computers, from however many addresses they come', async () => {
      const known = machine();
      await world.ask(known);
      const limiter = new RegistrationLimiter(60, world.clock, 2);
      const full = (asked: TestMachine, sender: { address: string; token?: string }) =>
        register({ ...world.deps, limiter }, readRegistrationRequest(requestOf(asked)), {
          address: sender.address,
          token: sender.token === undefined ? undefined : parseEnrolmentToken(sender.token),
        });
      expect((await full(machine(), { address: '10.0.0.1' })).state).to.equal('pending');
      const before = await state();
      expect(await refusalOf(() => full(machine(), { address: '10.0.0.2' }))).to.equal('tooManyRequests');
      expect(await state()).to.deep.equal(before);
      expect((await full(known, { address: '10.0.0.3' })).state).to.equal('pending');
      expect((await full(machine(), { address: '10.0.0.4', token: await token() })).state).to.equal('allowed');
    });

    it('limits unknown computers of an address, and neither known ones nor bearers of a token', async () => {
      const known = machine();
      await world.ask(known);
      const few = { ...(await newWorld(world.cmdb, 1)), cmdb: world.cmdb };
      const busy = '10.66.0.1';
      expect((await few.ask(machine(), { address: busy })).state).to.equal('pending');
      expect(await refusalOf(() => few.ask(machine(), { address: busy }))).to.equal('tooManyRequests');
      expect(
        await refusalOf(() =>
          few.ask(machine(), { address: busy, token: `${'0'.repeat(32)}.${'A'.repeat(43)}.${PIN}` }),
        ),
      ).to.equal('tooManyRequests');
      expect((await state()).registrations).to.have.length(2);
      expect((await few.ask(known, { address: busy })).state).to.equal('pending');
      expect((await few.ask(machine(), { address: busy, token: await token() })).state).to.equal('allowed');
      expect((await few.ask(machine(), { address: '10.66.0.2' })).state).to.equal('pending');
    });

    it('leaves nothing behind when it fails half-way, and no use of the token', async () => {
      const sender = { token: await token(1) };
      const before = await state();
      await world.cmdb.db.schema.dropTable('Timeline').execute();
      const error = await world.ask(machine(), sender).catch((thrown: unknown) => thrown);
      expect(String(error)).to.match(/timeline/i);
      expect(await state()).to.deep.equal(before);
    });
  });
});

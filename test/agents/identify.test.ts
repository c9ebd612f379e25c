import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { decideRegistrations } from '../../models/agents/decide.ts';
import { addressMatcher, identify, type CallerFacts } from '../../models/agents/identify.ts';
import { AgentTokens } from '../../models/agents/tokens.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { ADMIN, newKey, newWorld, OPAQUE_KEY, refusalOf, sha256, type World } from './support.ts';

const LEGACY = '192.168.7.9';

describe('identify', () => {
  forEachEngine((_engine, open) => {
    let world: World;
    let tokens: AgentTokens;
    const key = newKey();
    const keyHash = sha256(key.blob);
    let proven: Guid;
    let opaque: Guid;
    let keyless: Guid;
    let pending: Guid;

    async function allowed(policyKey: string, name: string): Promise<Guid> {
      const { registrationGuid, resourceGuid } = await world.ask({ guid: newGuid(), name, policyKey });
      await decideRegistrations(world.deps, ADMIN, 'allow', [registrationGuid]);
      return resourceGuid;
    }

    before(async () => {
      world = await newWorld(await open());
      tokens = new AgentTokens(randomBytes(32), world.clock);
      proven = await allowed(key.blob, 'PROVEN');
      opaque = await allowed(OPAQUE_KEY, 'OPAQUE');
      keyless = await allowed('', 'KEYLESS');
      pending = (await world.ask({ guid: newGuid(), name: 'PENDING' })).resourceGuid;
    });
    after(() => world.cmdb.close());

    const call = (facts: Partial<CallerFacts>) =>
      identify(
        { agents: world.agents, tokens, isLegacy: addressMatcher(['192.168.7.0/24']) },
        { authorization: undefined, smaId: undefined, named: [], address: '10.0.0.1', ...facts },
      );
    const bearer = (guid: Guid, hash = keyHash): string => `Bearer ${tokens.issueBearer(guid, hash).token}`;
    const codeOf = (facts: Partial<CallerFacts>): Promise<string> => refusalOf(() => call(facts));

    it('knows an agent by its bearer, whatever else names it the same', () => {
      const authorization = bearer(proven);
      expect(call({ authorization })).to.deep.equal({ guid: proven, proof: 'key' });
      const named = [undefined, proven];
      const smaId = `{${proven.toUpperCase()}}`;
      expect(call({ authorization, smaId, named })).to.deep.equal({ guid: proven, proof: 'key' });
      expect(call({ authorization: authorization.replace('Bearer', 'bEARER') }).proof).to.equal('key');
    });

    it('refuses header, body and proof that do not name the same computer', async () => {
      const authorization = bearer(proven);
      expect(await codeOf({ authorization, smaId: keyless })).to.equal('identityMismatch');
      expect(await codeOf({ authorization, named: [proven, keyless] })).to.equal('identityMismatch');
      expect(await codeOf({ smaId: keyless, named: [opaque], address: LEGACY })).to.equal('identityMismatch');
      expect(await codeOf({ authorization, smaId: 'not a guid' })).to.equal('badGuid');
      expect(await codeOf({})).to.equal('badGuid');
    });

    it('refuses a bearer for the GUID of another computer', async () => {
      expect(await codeOf({ authorization: bearer(keyless), named: [keyless] })).to.equal('notAuthenticated');
      expect(await codeOf({ authorization: bearer(proven, sha256('another')) })).to.equal('notAuthenticated');
      expect(await codeOf({ authorization: 'Bearer forged', named: [keyless], address: LEGACY })).to.equal(
        'notAuthenticated',
      );
    });

    it('takes a GUID alone only from a legacy range, and only when the agent has no key that proves', async () => {
      expect(call({ named: [keyless], address: LEGACY })).to.deep.equal({ guid: keyless, proof: 'legacy' });
      expect(call({ smaId: opaque, address: `::ffff:${LEGACY}` })).to.deep.equal({ guid: opaque, proof: 'legacy' });
      expect(await codeOf({ named: [keyless] })).to.equal('notAuthenticated');
      expect(await codeOf({ named: [proven], address: LEGACY })).to.equal('notAuthenticated');
      expect(await codeOf({ named: [proven], authorization: 'Basic eDp5', address: LEGACY })).to.equal(
        'notAuthenticated',
      );
    });

    it('tells those that are not let in where they stand', async () => {
      expect(await codeOf({ named: [pending], address: LEGACY })).to.equal('pending');
      expect(await codeOf({ named: [newGuid()], address: LEGACY })).to.equal('notRegistered');
    });

    it('ends a bearer at once when trust is revoked', async () => {
      const other = newKey();
      const guid = await allowed(other.blob, 'SOON GONE');
      const authorization = bearer(guid, sha256(other.blob));
      expect(call({ authorization }).guid).to.equal(guid);
      const row = await world.cmdb.db
        .selectFrom('AgentRegistration')
        .select('Guid')
        .where('ResourceGuid', '=', guid)
        .executeTakeFirstOrThrow();
      await decideRegistrations(world.deps, ADMIN, 'revoke', [row.Guid]);
      expect(await codeOf({ authorization })).to.equal('blocked');
    });
  });
});

describe('address ranges', () => {
  it('hold single addresses and networks of both families', () => {
    const matches = addressMatcher(['10.1.0.0/16', '192.168.1.7', '2001:db8::/32', 'fe80::1']);
    for (const address of ['10.1.255.3', '192.168.1.7', '::ffff:10.1.2.3', '2001:db8:1::5', 'fe80::1%eth0']) {
      expect(matches(address), address).to.equal(true);
    }
    for (const address of ['10.2.0.1', '192.168.1.8', '2001:db9::1', '', 'no address', 'unknown']) {
      expect(matches(address), address).to.equal(false);
    }
    expect(addressMatcher([])('10.1.0.1')).to.equal(false);
  });
});

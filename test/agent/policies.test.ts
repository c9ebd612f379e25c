import { expect } from 'chai';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PolicyCache } from '../../client/policies/cache.ts';
import {
  blockedFor,
  communicationSettings,
  type CommunicationSettings,
  defaultCommunication,
} from '../../client/policies/settings.ts';
import { deliveriesOf } from '../../agent/policies/deliveries.ts';
import { braces, guid, newGuid } from '../../wire/guid.ts';
import { readPolicyResponse } from '../../wire/policy.ts';
import { removeTemporaryFolders, temporaryFolder } from './support/agents.ts';
import { deliveryPolicy } from './support/fakeServer.ts';

const COMPUTER = guid('0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e');
const A = newGuid();
const B = newGuid();

/** `policies`: GUID, hash, and the body when it is sent. */
function answer(policies: [string, string, string?][]): ReturnType<typeof readPolicyResponse> {
  const tag = (text: string): string => `{${text}}`;
  return readPolicyResponse(
    `<response nsVersion="1"><resources><resource guid="${braces(COMPUTER)}">${policies.map(([id]) => `<resourcePolicy guid="${tag(id)}"/>`).join('')}</resource></resources>` +
      `<policyHashes>${policies.map(([id, hash]) => `<policy guid="${tag(id)}" hash="${hash}"/>`).join('')}</policyHashes>` +
      `<policies>${policies.map(([id, , body]) => (body === undefined ? '' : `<Policy guid="${tag(id)}" name="P" version="1">${body}</Policy>`)).join('')}</policies></response>`,
  );
}

describe('the cache of policies', () => {
  let state: string;
  beforeEach(() => (state = temporaryFolder()));
  afterEach(removeTemporaryFolders);

  it('keeps bodies over a restart as they were sent', () => {
    const body = `<ClientPolicy agentClsid="x"><a b="1 &amp; &quot;2&quot;&#10;">t &lt; u</a><c/></ClientPolicy>`;
    const cache = new PolicyCache(state);
    cache.update(COMPUTER, answer([[A, 'H1', body]]));
    const [before, after] = [cache, new PolicyCache(state)].map((one) => [...one.all.values()]);
    expect(after).to.deep.equal(before);
    expect(after![0]!.clientPolicies[0]!.children[0]).to.deep.include({
      text: 't < u',
      attributes: { b: '1 & "2"\n' },
    });
    expect(new PolicyCache(state).hashes).to.deep.equal([[A, 'H1']]);
  });

  it('changes nothing when the answer brings nothing new', () => {
    const cache = new PolicyCache(state);
    cache.update(COMPUTER, answer([[A, 'H1', '<ClientPolicy/>']]));
    expect(cache.update(COMPUTER, answer([[A, 'H1']]))).to.deep.equal({ added: [], withdrawn: [] });
    expect(cache.all.size).to.equal(1);
  });

  it('takes a new body, and forgets a policy that the answer does not name', () => {
    const cache = new PolicyCache(state);
    cache.update(
      COMPUTER,
      answer([
        [A, 'H1', '<ClientPolicy/>'],
        [B, 'H2', '<ClientPolicy/>'],
      ]),
    );
    const { added, withdrawn } = cache.update(COMPUTER, answer([[B, 'H3', '<ClientPolicy n="2"/>']]));
    expect(added.map((policy) => policy.guid)).to.deep.equal([B]);
    expect(withdrawn.map((policy) => policy.guid)).to.deep.equal([A]);
    expect(new PolicyCache(state).hashes).to.deep.equal([[B, 'H3']]);
    expect(readdirSync(join(state, 'policies'))).to.deep.equal([`${B}.xml`]);
  });

  it('stays as it is when a body is missing, or the answer is for another computer', () => {
    const cache = new PolicyCache(state);
    cache.update(COMPUTER, answer([[A, 'H1', '<ClientPolicy/>']]));
    expect(() => cache.update(COMPUTER, answer([[B, 'H2']]))).to.throw(/lacks the body/);
    expect(() => cache.update(COMPUTER, answer([[A, 'H9']]))).to.throw(/lacks the body/);
    expect(() => cache.update(newGuid(), answer([]))).to.throw(/does not name this computer/);
    expect(cache.hashes).to.deep.equal([[A, 'H1']]);
  });

  it('throws away a file that cannot be read, so that the server sends it again', () => {
    new PolicyCache(state).update(
      COMPUTER,
      answer([
        [A, 'H1', '<ClientPolicy/>'],
        [B, 'H2', '<ClientPolicy/>'],
      ]),
    );
    writeFileSync(join(state, 'policies', `${A}.xml`), '<Policy guid="');
    expect(new PolicyCache(state).hashes).to.deep.equal([[B, 'H2']]);
    expect(readdirSync(join(state, 'policies'))).to.deep.equal([`${B}.xml`]);
  });
});

describe('the agent settings policy', () => {
  const settingsOf = (communications: string): CommunicationSettings => {
    const body = `<ClientPolicy agentClsid="Altiris.AeXNSClientConfigUpdate"><Communications>${communications}</Communications></ClientPolicy>`;
    const [policy] = answer([[A, 'H', body]]).policies;
    return communicationSettings([{ ...policy!, hash: 'H' }]);
  };

  it('says how often the agent calls', () => {
    const settings = settingsOf(
      '<ClientPoliciesRequest Interval="900"/><BasicInventory Interval="43200"/><DataTransfer randomBlockoutMax="5"/>',
    );
    expect(settings).to.deep.include({
      policyIntervalMs: 900_000,
      inventoryIntervalMs: 43_200_000,
      randomDelayMs: 300_000,
    });
  });

  it('leaves the defaults in force where it says nothing, or nonsense', () => {
    expect(settingsOf('')).to.deep.equal(defaultCommunication);
    expect(settingsOf('<ClientPoliciesRequest Interval="0"/><BasicInventory Interval="soon"/>')).to.deep.equal(
      defaultCommunication,
    );
    expect(communicationSettings([])).to.deep.equal(defaultCommunication);
  });

  it('tells how long a blockout lasts, also one that began yesterday', () => {
    // 2026-01-04 is a Sunday.
    const settings = settingsOf(
      '<Blockouts><Blockout Type="download" Start="22:00" DurationMinutes="240" Days="0,6"/></Blockouts>',
    );
    const minutes = (day: number, hour: number, minute = 0): number =>
      blockedFor(settings, 'download', new Date(2026, 0, day, hour, minute)) / 60_000;
    expect(minutes(4, 21, 59)).to.equal(0);
    expect(minutes(4, 22)).to.equal(240);
    expect(minutes(4, 23, 30)).to.equal(150);
    expect(minutes(5, 1)).to.equal(60);
    expect(minutes(5, 2)).to.equal(0);
    expect(minutes(5, 23)).to.equal(0);
    expect(minutes(4, 1), 'Saturday night').to.equal(60);
    expect(blockedFor(settings, 'total', new Date(2026, 0, 4, 23))).to.equal(0);
  });

  it('holds downloads, too, when it forbids every word', () => {
    const settings = settingsOf(
      '<Blockouts><Blockout Type="total" Start="08:00" DurationMinutes="60" Days="1"/></Blockouts>',
    );
    for (const type of ['total', 'download'] as const)
      expect(blockedFor(settings, type, new Date(2026, 0, 5, 8, 30))).to.equal(1_800_000);
  });
});

describe('software-delivery policies', () => {
  const software = (name: string) => ({ guid: newGuid(), name, version: 1, files: {} });
  const cached = (policy: ReturnType<typeof deliveryPolicy>) => ({
    ...answer([[policy.guid, 'H', policy.body]]).policies[0]!,
    hash: 'H',
  });

  it('come by priority, without those that are switched off', () => {
    const policies = [
      deliveryPolicy({ package: software('low'), commandLine: 'x', software: { Priority: 'Low' } }),
      deliveryPolicy({ package: software('off'), commandLine: 'x', advertisement: { Enabled: 'false' } }),
      deliveryPolicy({ package: software('plain'), commandLine: 'x' }),
      deliveryPolicy({ package: software('urgent'), commandLine: 'x', software: { Priority: 'VeryHigh' } }),
    ].map(cached);
    const warnings: string[] = [];
    const names = deliveriesOf(policies, (line) => warnings.push(line)).map((delivery) => delivery.package.name);
    expect(names).to.deep.equal(['urgent', 'plain', 'low']);
    expect(warnings).to.deep.equal([]);
  });

  it('that cannot be read do not hold up the others', () => {
    const broken = deliveryPolicy({
      package: software('broken'),
      commandLine: 'x',
      schedule: '<Schedule><Trigger Type="5"/></Schedule>',
    });
    const warnings: string[] = [];
    const names = deliveriesOf(
      [broken, deliveryPolicy({ package: software('good'), commandLine: 'x' })].map(cached),
      (line) => warnings.push(line),
    ).map((delivery) => delivery.package.name);
    expect(names).to.deep.equal(['good']);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include('type 5');
  });
});

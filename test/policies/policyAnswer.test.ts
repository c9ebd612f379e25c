import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readPolicyResponse } from '../../wire/policy.ts';
import { readSoftwareDelivery } from '../../wire/softwareDelivery.ts';
import { POLICY, TARGET } from '../../wire/wellKnown.ts';
import { child, childrenNamed, parseXml, type XmlElement } from '../../wire/xml.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { migrate } from '../../models/cmdb/migrate.ts';
import { createSoftwarePolicy, updateAgentSettings, updateTaskAgent } from '../../models/policies/changePolicies.ts';
import { PolicyIndex } from '../../models/policies/policyIndex.ts';
import { deletePolicies } from '../../models/policies/switchPolicies.ts';
import { addComputers, addPackage, answerOf, clock, JANE, loadIndex, OPTIONS, type TestPackage } from './support.ts';

const sample = (name: string): XmlElement =>
  parseXml(readFileSync(new URL(`../fixtures/protocol/${name}`, import.meta.url), 'utf8'));

/** Element names with their attributes' names, nested: what a sample shows beside its values. */
type Shape = [string, string[], Shape[]];
const shapeOf = ({ name, attributes, children }: XmlElement): Shape => [
  name,
  Object.keys(attributes).sort(),
  children.map(shapeOf),
];

describe('policy answers', () => {
  let cmdb: AnyCmdb;
  let viewer: TestPackage;
  let computer: Guid;
  beforeEach(async () => {
    cmdb = await openCmdb('sqlite::memory:');
    await migrate(cmdb);
    viewer = await addPackage(cmdb, 'Example Viewer');
    [computer] = (await addComputers(cmdb, 1)) as [Guid];
  });
  afterEach(() => cmdb.close());

  const create = (more: object = {}): Promise<Guid> =>
    createSoftwarePolicy(cmdb, clock, JANE, {
      ...viewer,
      name: 'Example Viewer rollout',
      isEnabled: true,
      targets: [TARGET.allComputers],
      ...more,
    });
  const text = (index: PolicyIndex): string => index.answer(computer, {}).toString('utf8');

  it('have the structure of sample 06', async () => {
    const ours = parseXml(text(await loadIndex(cmdb)));
    const theirs = sample('06-getclientpolicies-response.xml');
    const [name, attributes, children] = shapeOf(ours);
    // Ours alone: the hash that the GET form sends back.
    expect([name, attributes.filter((attribute) => attribute !== 'hash'), children]).to.deep.equal(shapeOf(theirs));
    const profile = (root: XmlElement): Record<string, string> => {
      const communications = child(
        child(childrenNamed(child(root, 'policies'), 'Policy')[0], 'ClientPolicy'),
        'Communications',
      );
      const {
        contentHash: _hash,
        profileGuid: _guid,
        ...rest
      } = child(child(communications, 'connectionProfiles'), 'connectionProfile')!.attributes;
      return rest;
    };
    expect(profile(ours)).to.deep.equal({ ...profile(theirs), httpsFQDNs: 'ns1.example.test:8443' });
  });

  it('hold the documented values of agent settings and task agent', async () => {
    const ours = parseXml(text(await loadIndex(cmdb)));
    const bodies = (root: XmlElement): XmlElement[] => childrenNamed(child(root, 'policies'), 'Policy');
    const [settings, task] = bodies(ours);
    const [sampleSettings, sampleTask] = bodies(sample('06-getclientpolicies-response.xml'));
    const values = (policy: XmlElement | undefined, name: string) =>
      child(child(child(policy, 'ClientPolicy'), 'Communications'), name)!.attributes;
    for (const name of ['Compression', 'ClientPoliciesRequest', 'DataTransfer', 'BasicInventory', 'multicast']) {
      expect(values(settings, name), name).to.deep.equal(values(sampleSettings, name));
    }
    expect(child(child(task, 'ClientPolicy'), 'settings')!.attributes).to.deep.equal(
      child(child(sampleTask, 'ClientPolicy'), 'settings')!.attributes,
    );
  });

  it('name the computer, its policies and their hashes; the list agrees with the bodies', async () => {
    const guid = await create();
    const index = await loadIndex(cmdb);
    const answer = answerOf(index, computer);
    const expected = [POLICY.agentSettings, POLICY.taskAgent, guid];
    expect([...answer.resources]).to.deep.equal([[computer, expected]]);
    expect([...answer.hashes.keys()]).to.deep.equal(expected);
    expect(answer.policies.map((policy) => policy.guid)).to.deep.equal(expected);
    expect(answer.hash).to.equal(index.setFor(computer).hash);
    expect(answer.nsVersion).to.equal('0.1.0');
    expect([...answer.hashes]).to.deep.equal([...index.setFor(computer).policies]);
  });

  it('carry software delivery as sample 08 has it', async () => {
    const begin = '2030-01-01 21:00:00';
    const guid = await create({
      runAsSoonAsPossible: false,
      schedule: { triggers: [{ type: 'daily', begin }] },
    });
    const { policies } = answerOf(await loadIndex(cmdb), computer);
    const body = policies.find((policy) => policy.guid === guid)!;
    expect(body.name).to.equal('Software Delivery Task for program : Example Viewer setup');
    const theirs = sample('08-policy-swd.xml');
    const [software] = readSoftwareDelivery(body.clientPolicies[0]!);
    const [sampled] = readSoftwareDelivery(child(theirs, 'ClientPolicy')!);
    expect(software).to.deep.equal({
      ...sampled,
      guid: viewer.packageGuid,
      programs: [{ ...sampled!.programs[0]!, guid: viewer.programGuid, canRun: 'WhetherOrNotAUserIsLoggedOn' }],
      advertisements: [{ ...sampled!.advertisements[0]!, guid, programGuid: viewer.programGuid }],
    });
    const softPkg = (policy: XmlElement): XmlElement => child(child(policy, 'SoftPkgs'), 'SoftPkg')!;
    const attributes = Object.keys(softPkg(body.clientPolicies[0]!).attributes);
    expect(attributes).to.have.members(Object.keys(softPkg(child(theirs, 'ClientPolicy')!).attributes));
  });

  it('tell a package without files by version 0, and have no schedule where there is none', async () => {
    const commandLine = await addPackage(cmdb, 'Command', { version: null, sourceKind: 'none' });
    const guid = await create({ ...commandLine });
    const body = answerOf(await loadIndex(cmdb), computer).policies.find((policy) => policy.guid === guid)!;
    const [software] = readSoftwareDelivery(body.clientPolicies[0]!);
    expect(software).to.include({ internalVersion: 0 });
    expect(software!.advertisements[0]).to.deep.include({ schedule: { triggers: [] }, runAsSoonAsPossible: true });
  });

  it('leave the bodies out for an agent that names the hash of the whole, as sample 07 does', async () => {
    await create();
    const index = await loadIndex(cmdb);
    const full = answerOf(index, computer);
    const known = { documentHash: full.hash };
    const { body, isUnchanged } = index.check(computer, known);
    expect(isUnchanged).to.equal(true);
    expect(readPolicyResponse(body.toString())).to.deep.equal({ ...full, policies: [] });
    const [, , children] = shapeOf(parseXml(body.toString()));
    expect(children.map(([name]) => name)).to.deep.equal(
      shapeOf(sample('07-getclientpolicies-response-unchanged.xml'))[2].map(([name]) => name),
    );
  });

  it('bring the bodies that are new, and no others', async () => {
    const guid = await create();
    const index = await loadIndex(cmdb);
    const { hashes } = answerOf(index, computer);
    const held = new Map([...hashes].map(([policy, hash]) => [policy, policy === guid ? '0'.repeat(32) : hash]));
    const { body, isUnchanged } = index.check(computer, { policyHashes: held });
    expect(isUnchanged).to.equal(false);
    const answer = readPolicyResponse(body.toString());
    expect(answer.policies.map((policy) => policy.guid)).to.deep.equal([guid]);
    expect([...answer.hashes]).to.deep.equal([...hashes]);
    expect(index.check(computer, { policyHashes: hashes }).isUnchanged).to.equal(true);
    expect(index.check(computer, { documentHash: '0'.repeat(32) }).isUnchanged).to.equal(false);
  });

  it('withdraw a policy by leaving it out of the list', async () => {
    const guid = await create();
    const index = await loadIndex(cmdb);
    const { hashes, hash } = answerOf(index, computer);
    await deletePolicies(cmdb, clock, JANE, [guid]);
    await index.applyChange(cmdb, { Id: 1, Kind: 'policy', ItemGuid: guid });
    const answer = answerOf(index, computer, { policyHashes: hashes, documentHash: hash });
    expect([...answer.hashes.keys()]).to.deep.equal([POLICY.agentSettings, POLICY.taskAgent]);
    expect(answer.hash).to.not.equal(hash);
  });

  it('name users with no policies', async () => {
    const index = await loadIndex(cmdb);
    const [user, other] = [newGuid(), newGuid()];
    const answer = answerOf(index, computer, { others: [user, other] });
    expect([...answer.resources.keys()]).to.deep.equal([computer, user, other]);
    expect([answer.resources.get(user), answer.resources.get(other)]).to.deep.equal([[], []]);
    expect(answer.policies).to.have.length(2);
    const unchanged = answerOf(index, computer, { others: [user], documentHash: answer.hash });
    expect(unchanged.resources.get(user)).to.deep.equal([]);
    expect(unchanged.policies).to.deep.equal([]);
  });

  it('to one computer never hold the GUID of another', async () => {
    const index = await loadIndex(cmdb);
    const [other] = (await addComputers(cmdb, 1)) as [Guid];
    const first = index.answer(computer, {});
    const second = index.answer(other, {});
    expect(first.toString()).to.include(computer).and.not.include(other);
    expect(second.toString()).to.include(other).and.not.include(computer);
    expect(second.toString().replace(other, computer)).to.equal(first.toString());
  });

  it('carry names of any kind as XML can hold them', async () => {
    const name = `<"Ünïcode" & 'quotes'> ${String.fromCodePoint(0x1f4e6)}`;
    const guid = await create({ name });
    await cmdb.db.updateTable('Program').set({ CommandLine: 'a\u0001b' }).execute();
    const body = answerOf(await loadIndex(cmdb), computer).policies.find((policy) => policy.guid === guid)!;
    const [software] = readSoftwareDelivery(body.clientPolicies[0]!);
    expect(software!.advertisements[0]!.name).to.equal(name);
    expect(software!.programs[0]!.commandLine).to.equal('ab');
  });

  it('never hold the word that old clients take for a failure', async () => {
    const reporter = await addPackage(cmdb, 'ERROR Reporter for errors');
    await create({ ...reporter, name: 'Error reporter rollout' });
    const answer = text(await loadIndex(cmdb));
    expect(answer).to.not.match(/error/i);
    expect(readPolicyResponse(answer).policies.at(-1)!.name).to.equal(
      'Software Delivery Task for program : ERROR Reporter for errors setup',
    );
  });

  it('never hold credentials or shared keys', async () => {
    expect(text(await loadIndex(cmdb))).to.not.match(/PkgAccessCredentials|UserPassword|symmetricKey/i);
  });

  it('say the intervals of the server until the policy says its own', async () => {
    const index = await PolicyIndex.load(cmdb, {
      ...OPTIONS,
      publicUrl: 'http://ns1.example.test',
      policyIntervalSeconds: 5,
    });
    expect(text(index)).to.include('<ClientPoliciesRequest Interval="5"/>');
    expect(text(index)).to.include('http="True" httpFQDNs="ns1.example.test:80" https="False" httpsFQDNs=""');
    await updateAgentSettings(cmdb, clock, JANE, POLICY.agentSettings, {
      isEnabled: true,
      policyIntervalSeconds: 900,
      inventoryIntervalSeconds: 7200,
      tickle: { enabled: true },
      blockouts: [{ type: 'download', start: '08:00', durationMinutes: 600, days: [5, 1] }],
    });
    await updateTaskAgent(cmdb, clock, JANE, POLICY.taskAgent, {
      isEnabled: true,
      serverSelection: 'FastestConnection',
    });
    const changed = text(await loadIndex(cmdb));
    expect(changed).to.include('<ClientPoliciesRequest Interval="900"/>');
    expect(changed).to.include('<BasicInventory Interval="7200"/>');
    expect(changed).to.include(
      '<Tickle Enabled="True" TcpPort="52028" MulticastAddress="224.0.255.135" MulticastPort="52029"/>',
    );
    expect(changed).to.include('<Blockout Type="download" Start="08:00" DurationMinutes="600" Days="1,5"/>');
    expect(changed).to.include('serverFindMethod="FastestConnection" recommendedServerFindMethod="FastestConnection"');
  });
});

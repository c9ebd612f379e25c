import { expect } from 'chai';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { guid, newGuid, type Guid } from '../../wire/guid.ts';
import { isTrue, readPolicyRequest, readPolicyResponse, writePolicyRequest } from '../../wire/policy.ts';
import { readSoftwareDelivery } from '../../wire/softwareDelivery.ts';
import { POLICY } from '../../wire/wellKnown.ts';
import { child, parseXml } from '../../wire/xml.ts';

const sample = (name: string): string => readFileSync(new URL(`../fixtures/protocol/${name}`, import.meta.url), 'utf8');
const COMPUTER = guid('0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e');

describe('policy messages', () => {
  it('read the observed request', () => {
    expect(readPolicyRequest(sample('04-getclientpolicies-request.xml'))).to.deep.equal({
      resources: [{ guid: COMPUTER, isHost: true }],
      hashes: new Map(),
      compress: false,
      secured: true,
    });
  });

  it('read users and held policies of a request', () => {
    const request = readPolicyRequest(sample('05-getclientpolicies-request-with-hashes.xml'));
    expect(request.resources.map(({ isHost }) => isHost)).to.deep.equal([true, false]);
    expect([...request.hashes]).to.deep.equal([[POLICY.agentSettings, '0123456789ABCDEF0123456789ABCDEF']]);
  });

  it('take a resource without a GUID as such, and pass over a held policy without one', () => {
    const request = readPolicyRequest(
      '<request><resources><resource host="1"/></resources><p guid="x" hash="A"/></request>',
    );
    expect(request.resources).to.deep.equal([{ guid: undefined, isHost: true }]);
    expect(request.hashes).to.have.length(0);
  });

  it('of the agent survive being written and read', () => {
    const hashes = fc.array(
      fc.tuple(fc.uuid(), fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF'), minLength: 32, maxLength: 32 })),
    );
    fc.assert(
      fc.property(fc.uuid(), hashes, (computer, held) => {
        const known = new Map(held as [Guid, string][]);
        const request = readPolicyRequest(writePolicyRequest(computer as Guid, known));
        expect(request).to.deep.equal({
          resources: [{ guid: computer, isHost: true }],
          hashes: known,
          compress: false,
          secured: false,
        });
      }),
    );
  });

  it('read the observed answer, and the one that brings nothing new', () => {
    const answer = readPolicyResponse(sample('06-getclientpolicies-response.xml'));
    expect(answer).to.include({ nsVersion: '8.8.1280.0', hash: '' });
    expect(answer.resources.get(COMPUTER)).to.deep.equal([POLICY.agentSettings, POLICY.taskAgent]);
    expect(answer.hashes.get(POLICY.taskAgent)).to.equal('FEDCBA9876543210FEDCBA9876543210');
    expect(answer.policies.map(({ name, version }) => [name, version])).to.deep.equal([
      ["All Desktop computers (excluding 'Site Servers')", '8.8.1280.0'],
      ['Task Agent Settings', '8.8.1280.0'],
    ]);
    const unchanged = readPolicyResponse(sample('07-getclientpolicies-response-unchanged.xml'));
    expect(unchanged.hashes).to.have.length(1);
    expect(unchanged.policies).to.deep.equal([]);
  });

  it('that are none are refused', () => {
    expect(() => readPolicyResponse('<error>no</error>')).to.throw('not a policy answer');
    expect(() => readPolicyResponse('<response><policies><Policy guid="x"/></policies></response>')).to.throw(
      'lacks its GUID',
    );
  });

  it('read the documented software delivery', () => {
    const [software] = readSoftwareDelivery(child(parseXml(sample('08-policy-swd.xml')), 'ClientPolicy')!);
    expect(software).to.include({ internalVersion: 1_893_456_000, cleanupAfterMinutes: 10_080, statusEvents: true });
    expect(software!.programs[0]).to.deep.include({
      successCodes: [0, 3010, 1641],
      runAs: 'System',
      terminateAfterMinutes: 60,
    });
    expect(software!.advertisements[0]).to.deep.include({
      runAsSoonAsPossible: false,
      multicast: true,
      runFromServer: false,
    });
    expect(software!.advertisements[0]!.schedule.triggers[0]).to.include({
      type: 'daily',
      begin: '2030-01-01 21:00:00',
    });
  });

  it('refuse a package without a GUID', () => {
    const policy = parseXml(`<ClientPolicy><SoftPkgs><SoftPkg Name="A" Id="${newGuid()}x"/></SoftPkgs></ClientPolicy>`);
    expect(() => readSoftwareDelivery(policy)).to.throw('SoftPkg lacks its Id');
  });

  it('know the ways to say yes', () => {
    expect(['True', '1', 'Yes', 'yes', 'TRUE'].map(isTrue)).to.deep.equal(Array(5).fill(true));
    expect(['False', '0', 'No', '', 'true ', undefined].map(isTrue)).to.deep.equal(Array(6).fill(false));
  });
});

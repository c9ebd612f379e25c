import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { readPolicyResponse } from '../../wire/policy.ts';
import { changeHash } from '../../models/policies/policyBody.ts';
import { PolicyDocuments, SharedPolicies } from '../../models/policies/policySet.ts';

const ready = (name: string) => {
  const guid = newGuid();
  const bytes = Buffer.from(`<Policy guid="{${guid}}" name="${name}" version="1"/>\n`);
  return { guid, bytes, hash: changeHash(bytes) };
};

describe('policy documents', () => {
  it('stay right when there are more sets than are kept', () => {
    const sets = Array.from(
      { length: 20 },
      (_, number) => new SharedPolicies([ready(`P${number}`), ready(`Q${number}`)]),
    );
    const documents = new PolicyDocuments('1', 3000);
    for (let round = 0; round < 3; round++) {
      for (const set of sets) {
        const computer = newGuid();
        const answer = documents.answer(set, { computer, missing: set.ready, others: [] });
        const read = readPolicyResponse(answer.toString());
        expect([...read.resources]).to.deep.equal([[computer, [...set.policies.keys()]]]);
        expect([...read.hashes]).to.deep.equal([...set.policies]);
        expect(read.policies.map(({ guid }) => guid)).to.deep.equal([...set.policies.keys()]);
      }
    }
  });

  it('of an empty set name the computer and nothing else', () => {
    const computer = newGuid();
    const set = new SharedPolicies([]);
    const read = readPolicyResponse(
      new PolicyDocuments('1', 3000).answer(set, { computer, missing: [], others: [] }).toString(),
    );
    expect(read).to.deep.equal({
      nsVersion: '1',
      hash: changeHash(''),
      resources: new Map([[computer, []]]),
      hashes: new Map(),
      policies: [],
    });
  });
});

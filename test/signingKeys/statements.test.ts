import { expect } from 'chai';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { writeKeyBlob } from '../../wire/proof.ts';
import {
  followStatements,
  keysForFetched,
  keysForKept,
  readStatements,
  readStatementText,
  signStatement,
  statementText,
  writeStatements,
  WrongStatement,
  type FormerKey,
  type KeyStatement,
  type TrustedKeys,
} from '../../wire/signingKeys.ts';
import { parseXml, xml } from '../../wire/xml.ts';

interface Pair {
  privateKey: KeyObject;
  blob: string;
}

const UNTIL = '2030-02-01T00:00:00.000Z';

function pair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { privateKey, blob: writeKeyBlob(publicKey) };
}

const former = ({ blob }: Pair, more: Partial<FormerKey> = {}): FormerKey => ({
  key: blob,
  until: UNTIL,
  isRevoked: false,
  ...more,
});
const pinned = ({ blob }: Pair): TrustedKeys => ({ number: 0, key: blob, former: [] });

describe('statements about signing keys', () => {
  const [one, two, three, thief] = [pair(), pair(), pair(), pair()];
  const toTwo = signStatement({ number: 1, key: two.blob, former: [former(one)] }, two.privateKey, one.privateKey);
  const toThree = signStatement(
    { number: 2, key: three.blob, former: [former(one), former(two)] },
    three.privateKey,
    two.privateKey,
  );

  const refused = (trusted: TrustedKeys, ...statements: KeyStatement[]): void => {
    expect(() => followStatements(trusted, statements)).to.throw(WrongStatement);
  };

  it('lead from the pinned key to today’s, however many there were in between', () => {
    expect(followStatements(pinned(one), [toTwo])).to.deep.equal({ number: 1, key: two.blob, former: [former(one)] });
    expect(followStatements(pinned(one), [toTwo, toThree])).to.include({ number: 2, key: three.blob });
  });

  it('are taken by an agent that pinned a later key at its registration', () => {
    expect(followStatements(pinned(three), [toTwo, toThree])).to.deep.equal({
      number: 2,
      key: three.blob,
      former: [former(one), former(two)],
    });
  });

  it('are what was signed, whatever way they took', () => {
    const document = xml`<challenge value="x">${writeStatements([toTwo, toThree])}</challenge>`.text;
    expect(readStatements(parseXml(document))).to.deep.equal([toTwo, toThree]);
    expect(readStatementText(statementText(toThree))).to.deep.equal({
      number: 2,
      key: three.blob,
      former: [former(one), former(two)],
    });
    expect(() => readStatementText(`${statementText(toThree)} `)).to.throw(WrongStatement);
  });

  it('are refused when a wrong key has endorsed or signed them', () => {
    const own = { number: 1, key: thief.blob, former: [former(one)] };
    refused(pinned(one), signStatement(own, thief.privateKey, thief.privateKey));
    refused(pinned(one), signStatement(own, thief.privateKey));
    refused(pinned(one), signStatement({ ...own, key: two.blob }, thief.privateKey, one.privateKey));
    refused(pinned(one), { ...toTwo, endorsement: toThree.endorsement });
    refused(pinned(one), { ...toTwo, key: thief.blob });
    refused(pinned(one), { ...toTwo, former: [former(one, { until: '2099-01-01T00:00:00.000Z' })] });
  });

  it('are refused when a link is missing, or leads away from a chain that was followed', () => {
    refused(pinned(one), toThree);
    const trusted = followStatements(pinned(one), [toTwo]);
    const away = signStatement({ number: 2, key: thief.blob, former: [former(one)] }, thief.privateKey, one.privateKey);
    refused(trusted, away);
  });

  it('do not go back: to an earlier key, an earlier statement, or trust in a revoked key', () => {
    const trusted = followStatements(pinned(one), [toTwo, toThree]);
    refused(trusted, toTwo);
    // Even today's key cannot bring back one that was there before.
    const back = { number: 3, key: one.blob, former: [former(two), former(three)] };
    refused(trusted, signStatement(back, one.privateKey, three.privateKey));
    const revoking = { number: 3, key: three.blob, former: [former(one), former(two, { isRevoked: true })] };
    const after = followStatements(trusted, [signStatement(revoking, three.privateKey)]);
    expect(after.number).to.equal(3);
    refused(after, signStatement({ ...revoking, number: 4, former: [former(one), former(two)] }, three.privateKey));
    refused(after, signStatement({ ...revoking, number: 4, former: [former(one)] }, three.privateKey));
  });

  it('take no key but Ed25519', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const weak = { number: 1, key: writeKeyBlob(rsa.publicKey), former: [former(one)] };
    const signature = { signature: 'AAAA', endorsement: signStatement(weak, one.privateKey).signature };
    refused(pinned(one), { ...weak, ...signature });
  });

  it('say how far earlier keys are believed: in what is fetched, in what is kept, or not at all', () => {
    const keys: TrustedKeys = {
      number: 5,
      key: three.blob,
      former: [former(one), former(two, { isRevoked: true })],
    };
    const before = Date.parse(UNTIL) - 1;
    expect(keysForFetched(keys, before)).to.deep.equal([three.blob, one.blob]);
    expect(keysForFetched(keys, before + 1)).to.deep.equal([three.blob]);
    expect(keysForKept(keys)).to.deep.equal([three.blob, one.blob]);
  });
});

import { expect } from 'chai';
import {
  hashPassword,
  needsRehash,
  passwordFault,
  randomPassword,
  verifyNothing,
  verifyPassword,
} from '../../models/security/passwords.ts';

describe('a password', () => {
  it('is kept as an Argon2id string that names its cost and never twice the same', async () => {
    const [one, other] = await Promise.all([
      hashPassword('a quiet long sentence'),
      hashPassword('a quiet long sentence'),
    ]);
    expect(one).to.match(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.to.equal(other);
    expect(await verifyPassword('a quiet long sentence', one)).to.equal(true);
    expect(await verifyPassword('a quiet long sentence', other)).to.equal(true);
  });

  it('is refused when a letter differs, and when the hash is of no known form', async () => {
    const hash = await hashPassword('a quiet long sentence');
    expect(await verifyPassword('a quiet long Sentence', hash)).to.equal(false);
    expect(await verifyPassword('', hash)).to.equal(false);
    expect(await verifyPassword('a quiet long sentence', '')).to.equal(false);
    expect(await verifyPassword('a quiet long sentence', '$2b$10$abc')).to.equal(false);
  });

  it('is the same however the keyboard composes its letters', async () => {
    expect(await verifyPassword('cafe\u0301 au lait', await hashPassword('caf\u00e9 au lait'))).to.equal(true);
  });

  it('is hashed anew when its hash was made at another cost', async () => {
    const hash = await hashPassword('a quiet long sentence');
    expect(needsRehash(hash)).to.equal(false);
    expect(needsRehash(hash.replace('t=2', 't=1'))).to.equal(true);
    expect(needsRehash('something else')).to.equal(true);
  });

  it('is checked a few at a time, and too many at once are told to wait', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 80 }, () => verifyNothing('guess')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused.length).to.be.greaterThan(0).and.lessThan(80);
    expect((refused[0] as PromiseRejectedResult).reason).to.have.property('code', 'serverBusy');
  });

  it('must be long, varied and free of the user name', () => {
    expect(passwordFault('short', 'anna')).to.match(/at least 10/);
    expect(passwordFault('x'.repeat(300), 'anna')).to.match(/at most/);
    expect(passwordFault('aaaaaaaaaaaa', 'anna')).to.match(/different/);
    expect(passwordFault('my Anna is here', 'anna')).to.match(/user name/);
    expect(passwordFault('a quiet long sentence', 'anna')).to.equal(undefined);
  });

  it('that is made up can be read aloud and is never the same', () => {
    const made = new Set(Array.from({ length: 50 }, randomPassword));
    expect(made.size).to.equal(50);
    for (const password of made)
      expect(password).to.match(/^([abcdefghjkmnpqrstuvwxyz2-9]{5}-){3}[abcdefghjkmnpqrstuvwxyz2-9]{5}$/);
  });
});

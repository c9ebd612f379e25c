import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Hmac } from '../../wire/hmac.ts';

describe('the HMAC of tokens', () => {
  it("is Node's for keys shorter than a block, of its size and longer, and for every size of message", () => {
    for (const keyBytes of [0, 1, 32, 63, 64, 65, 200]) {
      const key = randomBytes(keyBytes);
      for (const messageBytes of [0, 1, 38, 54, 64, 1000]) {
        const hmac = new Hmac(key, messageBytes);
        for (let again = 0; again < 3; again++) {
          const message = randomBytes(messageBytes);
          const expected = createHmac('sha256', key).update(message).digest('hex');
          expect(Buffer.from(hmac.of(message), 'latin1').toString('hex')).to.equal(expected);
        }
      }
    }
  });

  it('refuses a message of another size than was announced', () => {
    expect(() => new Hmac(randomBytes(32), 10).of(randomBytes(11))).to.throw(RangeError);
  });
});

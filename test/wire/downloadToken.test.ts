import { expect } from 'chai';
import fc from 'fast-check';
import { newGuid } from '../../wire/guid.ts';
import { DownloadTokens } from '../../wire/downloadToken.ts';

const tokens = new DownloadTokens(Buffer.alloc(32, 1));
const grant = { computer: newGuid(), packageGuid: newGuid(), expiresAt: 2_000_000 };

describe('download tokens', () => {
  it('open to what was sealed, until their time is over', () => {
    const token = tokens.seal(grant);
    expect(token).to.match(/^[\w-]+$/);
    expect(tokens.open(token, 1_999_999)).to.deep.equal(grant);
    expect(tokens.open(token, 2_000_000)).to.equal(undefined);
  });

  it('are worthless at another package server', () => {
    expect(new DownloadTokens(Buffer.alloc(32, 2)).open(tokens.seal(grant), 0)).to.equal(undefined);
  });

  it('are worthless with any character changed, left out or added', () => {
    const token = tokens.seal(grant);
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_=+/. '), (at, character) => {
        const changed = token.slice(0, at) + character + token.slice(at + 1);
        // The last character carries spare bits that no byte is made of.
        if (changed === token || at === token.length - 1) return;
        expect(tokens.open(changed, 0)).to.equal(undefined);
        expect(tokens.open(token.slice(0, at) + token.slice(at + 1), 0)).to.equal(undefined);
        expect(tokens.open(token + character, 0)).to.equal(undefined);
      }),
    );
  });
});

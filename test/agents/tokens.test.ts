import { expect } from 'chai';
import { randomBytes } from 'node:crypto';
import { AgentTokens } from '../../models/agents/tokens.ts';
import { newGuid } from '../../wire/guid.ts';
import { sha256, standingClock } from './support.ts';

const key = randomBytes(32);
const keyHash = sha256('a key');
const MINUTE = 60_000;

describe('agent tokens', () => {
  it('name the computer and the key that a bearer was issued for, on every node', () => {
    const clock = standingClock();
    const guid = newGuid();
    const { token, expiresInSeconds } = new AgentTokens(key, clock).issueBearer(guid, keyHash);
    expect(expiresInSeconds).to.equal(3600);
    expect(token).to.match(/^[A-Za-z0-9_-]+$/);
    const otherNode = new AgentTokens(key, clock);
    for (const look of ['first', 'from memory'])
      expect(otherNode.readBearer(token), look).to.include({ guid, keyHash });
  });

  it('end a bearer after an hour, also one that is known from before', () => {
    const clock = standingClock();
    const tokens = new AgentTokens(key, clock);
    const { token } = tokens.issueBearer(newGuid(), keyHash);
    clock.time += 60 * MINUTE - 1;
    expect(tokens.readBearer(token)).to.not.equal(undefined);
    clock.time += 1;
    expect(tokens.readBearer(token)).to.equal(undefined);
    expect(new AgentTokens(key, clock).readBearer(token)).to.equal(undefined);
  });

  it('are worth something again when the clock was ahead at a revocation and is put right', () => {
    const clock = standingClock();
    const right = clock.now();
    clock.time = right + 30 * MINUTE;
    const revokedAt = clock.now();
    const tokens = new AgentTokens(key, clock, () => revokedAt);
    clock.time -= 1;
    const { token: before } = tokens.issueBearer(newGuid(), keyHash);
    clock.time += 1;
    const { token: after } = tokens.issueBearer(newGuid(), keyHash);
    expect(tokens.readBearer(before), 'from before the revocation').to.equal(undefined);
    expect(tokens.readBearer(after)).to.not.equal(undefined);
    clock.time = right;
    const { token } = tokens.issueBearer(newGuid(), keyHash);
    expect(tokens.readBearer(token), 'issued by the right clock').to.not.equal(undefined);
    expect(tokens.readBearer(before), 'from before the revocation, still').to.equal(undefined);
    expect(new AgentTokens(key, clock, () => revokedAt).readBearer(before), 'on another node').to.equal(undefined);
    expect(tokens.readBearer(after)).to.not.equal(undefined);
  });

  it('refuse a bearer of another key, every single changed character, and what is no token', () => {
    const tokens = new AgentTokens(key, standingClock());
    const { token } = tokens.issueBearer(newGuid(), keyHash);
    expect(new AgentTokens(randomBytes(32), standingClock()).readBearer(token)).to.equal(undefined);
    for (let at = 0; at < token.length - 1; at++) {
      const forged = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1);
      expect(tokens.readBearer(forged), `character ${at}`).to.equal(undefined);
    }
    for (const text of [
      '',
      'x',
      `${token}A`,
      token.slice(1),
      '-'.repeat(token.length),
      '!'.repeat(token.length),
      '\0',
    ]) {
      expect(tokens.readBearer(text)).to.equal(undefined);
    }
  });

  it('keep purposes apart: no token passes for one of another kind', () => {
    const tokens = new AgentTokens(key, standingClock());
    const bearer = tokens.issueBearer(newGuid(), keyHash).token;
    const download = tokens.issueDownloadToken(newGuid(), newGuid());
    const challenge = tokens.newChallenge();
    expect(tokens.readBearer(download)).to.equal(undefined);
    expect(tokens.readBearer(challenge)).to.equal(undefined);
    expect(tokens.readDownloadToken(bearer)).to.equal(undefined);
    expect(tokens.readDownloadToken(challenge)).to.equal(undefined);
    expect(tokens.isFreshChallenge(bearer)).to.equal(false);
    expect(tokens.isFreshChallenge(download)).to.equal(false);
  });

  it('take a challenge for two minutes, and none twice the same', () => {
    const clock = standingClock();
    const tokens = new AgentTokens(key, clock);
    const challenge = tokens.newChallenge();
    expect(tokens.newChallenge()).to.not.equal(challenge);
    clock.time += 2 * MINUTE - 1;
    expect(tokens.isFreshChallenge(challenge)).to.equal(true);
    clock.time += 1;
    expect(tokens.isFreshChallenge(challenge)).to.equal(false);
    expect(tokens.isFreshChallenge('made up')).to.equal(false);
  });

  it('make download tokens for one agent and one package, good for a day, the same within the hour', () => {
    const clock = standingClock();
    const tokens = new AgentTokens(key, clock);
    const [guid, packageGuid] = [newGuid(), newGuid()];
    clock.time += 1;
    const token = tokens.issueDownloadToken(guid, packageGuid);
    expect(token).to.match(/^[A-Za-z0-9_-]+$/);
    clock.time += 59 * MINUTE;
    expect(tokens.issueDownloadToken(guid, packageGuid)).to.equal(token);
    expect(tokens.issueDownloadToken(newGuid(), packageGuid)).to.not.equal(token);
    clock.time += 23 * 60 * MINUTE;
    expect(tokens.readDownloadToken(token)).to.deep.include({ computer: guid, packageGuid });
    clock.time += 2 * 60 * MINUTE;
    expect(tokens.readDownloadToken(token)).to.equal(undefined);
  });

  it('are never made for something that is no key hash', () => {
    expect(() => new AgentTokens(key, standingClock()).issueBearer(newGuid(), '')).to.throw(RangeError);
  });
});

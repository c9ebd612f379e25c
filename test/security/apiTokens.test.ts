import { expect } from 'chai';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createApiToken, listApiTokens, revokeApiToken, verifyApiToken } from '../../models/security/apiTokens.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { actor, auditActions, MINUTE, TestClock } from './support.ts';

describe('API tokens', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    beforeEach(async () => {
      cmdb = await open();
      clock = new TestClock();
    });
    afterEach(() => cmdb.close());

    it('open with the scopes they were made with', async () => {
      const { guid, token } = await createApiToken(cmdb, clock, actor, { name: 'build', scopes: ['write', 'read'] });
      expect(token).to.match(/^nst_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
      expect(await verifyApiToken(cmdb, clock, token)).to.deep.equal({
        guid,
        name: 'build',
        scopes: ['read', 'write'],
      });
      expect(await auditActions(cmdb)).to.deep.equal(['create API token build']);
    });

    it('are kept without what opens them', async () => {
      const { token } = await createApiToken(cmdb, clock, actor, { name: 'build', scopes: ['read'] });
      const kept = JSON.stringify([
        await cmdb.db.selectFrom('ApiToken').selectAll().execute(),
        await cmdb.db.selectFrom('AuditEntry').selectAll().execute(),
      ]);
      expect(kept).not.to.contain(token.split('_').slice(2).join('_'));
    });

    it('do not open with another secret, another id or another form', async () => {
      const one = (await createApiToken(cmdb, clock, actor, { name: 'one', scopes: ['read'] })).token;
      const other = (await createApiToken(cmdb, clock, actor, { name: 'other', scopes: ['read'] })).token;
      const mixed = one.slice(0, 37) + other.slice(37);
      const unknown = `nst_${newGuid().replaceAll('-', '')}${one.slice(36)}`;
      for (const token of [mixed, unknown, one.toUpperCase(), `${one}x`, one.slice(0, -1), '', 'nst__']) {
        expect(await verifyApiToken(cmdb, clock, token), token).to.equal(undefined);
      }
    });

    it('end when they expire and when they are revoked', async () => {
      const short = await createApiToken(cmdb, clock, actor, {
        name: 'short',
        scopes: ['read'],
        expiresAt: clock.now() + MINUTE,
      });
      const long = await createApiToken(cmdb, clock, actor, { name: 'long', scopes: ['read'] });
      clock.pass(MINUTE);
      expect(await verifyApiToken(cmdb, clock, short.token)).to.equal(undefined);
      expect(await verifyApiToken(cmdb, clock, long.token)).not.to.equal(undefined);
      expect(await revokeApiToken(cmdb, clock, actor, long.guid)).to.equal(true);
      expect(await verifyApiToken(cmdb, clock, long.token)).to.equal(undefined);
      expect(await revokeApiToken(cmdb, clock, actor, long.guid)).to.equal(false);
      expect(await auditActions(cmdb)).to.include('revoke API token long');
    });

    it('note their use, at most once a minute', async () => {
      const { token } = await createApiToken(cmdb, clock, actor, { name: 'build', scopes: ['read'] });
      const lastUse = async () => (await listApiTokens(cmdb))[0]!.lastUsedAt;
      expect(await lastUse()).to.equal(null);
      await verifyApiToken(cmdb, clock, token);
      clock.pass(MINUTE / 2);
      await verifyApiToken(cmdb, clock, token);
      expect(await lastUse()).to.equal('2026-11-21T12:00:00.000Z');
      clock.pass(MINUTE);
      await verifyApiToken(cmdb, clock, token);
      expect(await lastUse()).to.equal('2026-11-21T12:01:30.000Z');
    });

    it('are refused without a name, without a scope, with an unknown scope or ending in the past', async () => {
      for (const input of [
        { name: ' ', scopes: ['read'] },
        { name: 'x', scopes: [] },
        { name: 'x', scopes: ['everything'] },
        { name: 'x', scopes: ['read'], expiresAt: clock.now() },
      ]) {
        const error = await createApiToken(cmdb, clock, actor, input).catch((reason: unknown) => reason);
        expect(error).to.be.instanceOf(InvalidInput);
      }
      expect(await listApiTokens(cmdb)).to.deep.equal([]);
    });
  });
});

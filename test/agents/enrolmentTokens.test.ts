import { expect } from 'chai';
import { checkEnrolmentToken, useEnrolmentToken } from '../../models/agents/enrolmentCheck.ts';
import {
  createEnrolmentToken,
  listEnrolmentTokens,
  revokeEnrolmentToken,
} from '../../models/agents/enrolmentTokens.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { newGuid } from '../../wire/guid.ts';
import { parseEnrolmentToken } from '../../wire/proof.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { ADMIN, PIN, standingClock, type TestClock } from './support.ts';

describe('enrolment tokens', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let clock: TestClock;
    beforeEach(async () => {
      cmdb = await open();
      clock = standingClock();
    });
    afterEach(() => cmdb.close());

    const create = (input = {}) => createEnrolmentToken(cmdb, clock, ADMIN, { name: 'rollout', ...input }, PIN);
    const check = (token: string) => checkEnrolmentToken(cmdb, clock, parseEnrolmentToken(token)!);

    it('are told once and kept as a hash', async () => {
      const { guid, token } = await create({ maxUses: 2 });
      const parts = parseEnrolmentToken(token)!;
      expect(parts).to.include({ id: guid.replaceAll('-', ''), pin: PIN });
      const everything = JSON.stringify([
        await cmdb.db.selectFrom('EnrolmentToken').selectAll().execute(),
        await cmdb.db.selectFrom('AuditEntry').selectAll().execute(),
      ]);
      expect(everything).to.not.include(parts.secret);
      expect(await check(token)).to.deep.equal({ valid: true, guid, name: 'rollout' });
      const [listed] = await listEnrolmentTokens(cmdb, clock);
      expect(listed).to.deep.include({
        guid,
        name: 'rollout',
        maxUses: 2,
        usedCount: 0,
        createdBy: 'jane',
        state: 'active',
      });
    });

    it('count uses up to their number, also when more come at once', async () => {
      const { guid, token } = await create({ maxUses: 3 });
      const used = await Promise.all(
        Array.from({ length: 8 }, () => cmdb.transaction((session) => useEnrolmentToken(session, clock, guid))),
      );
      expect(used.filter(Boolean).length).to.equal(3);
      expect(await check(token)).to.deep.include({ valid: false, reason: 'The enrolment token "rollout" is used up.' });
      expect((await listEnrolmentTokens(cmdb, clock))[0]).to.include({ usedCount: 3, state: 'used up' });
    });

    it('without a number let in any', async () => {
      const { guid } = await create();
      for (let count = 0; count < 5; count++) expect(await useEnrolmentToken(cmdb, clock, guid)).to.equal(true);
    });

    it('end when they expire or are revoked', async () => {
      const expiring = await create({ expiresAt: clock.time + 1000 });
      const revoked = await create();
      expect(await revokeEnrolmentToken(cmdb, clock, ADMIN, revoked.guid)).to.equal(true);
      expect(await revokeEnrolmentToken(cmdb, clock, ADMIN, revoked.guid)).to.equal(false);
      expect(await revokeEnrolmentToken(cmdb, clock, ADMIN, newGuid())).to.equal(false);
      clock.time += 1000;
      for (const { guid, token } of [expiring, revoked]) {
        expect((await check(token)).valid).to.equal(false);
        expect(await useEnrolmentToken(cmdb, clock, guid)).to.equal(false);
      }
      const audit = await cmdb.db.selectFrom('AuditEntry').select('Action').orderBy('Id').execute();
      expect(audit.map(({ Action }) => Action)).to.deep.equal(['create', 'create', 'revoke']);
    });

    it('are worth nothing with another secret or another id; the pin is none of the server’s business', async () => {
      const { token } = await create();
      const [id, secret] = token.split('.');
      expect(await check(`${id}.${'A'.repeat(43)}.${PIN}`)).to.deep.include({ valid: false });
      expect(await check(`${'0'.repeat(32)}.${secret}.${PIN}`)).to.deep.include({ valid: false });
      expect(await check(`${id}.${secret}.${'0'.repeat(64)}`)).to.deep.include({ valid: true });
    });

    it('are not made of wrong input', async () => {
      for (const [field, input] of [
        ['name', { name: '' }],
        ['maxUses', { maxUses: 0 }],
        ['maxUses', { maxUses: 1.5 }],
        ['expiresAt', { expiresAt: clock.time }],
      ] as const) {
        const error = (await create(input).catch((thrown: unknown) => thrown)) as InvalidInput;
        expect(error).to.be.instanceOf(InvalidInput);
        expect(error.errors[0]!.field).to.equal(field);
      }
      expect(await listEnrolmentTokens(cmdb, clock)).to.deep.equal([]);
    });
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { createRule, deleteRule, moveRule, updateRule, type RuleInput } from '../../models/agents/changeRules.ts';
import { matchesMask } from '../../models/agents/nameMask.ts';
import { decidingRule, getRule, listRules, type RegistrationRule } from '../../models/agents/rules.ts';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { newGuid } from '../../wire/guid.ts';
import { forEachEngine } from '../support/cmdb.ts';
import { ADMIN, standingClock } from './support.ts';

const clock = standingClock();

function rule(part: Partial<RegistrationRule>): RegistrationRule {
  const base = {
    guid: newGuid(),
    position: 1,
    action: 'allow' as const,
    nameMasks: [],
    addressMasks: [],
    isEnabled: true,
  };
  return { ...base, name: 'rule', modifiedAt: '', modifiedBy: '', ...part };
}

describe('name masks', () => {
  it('take * for any text and ? for one character, whatever the letter case', () => {
    for (const [mask, name] of [
      ['*', ''],
      ['WKS-*', 'wks-042'],
      ['wks-0?2', 'WKS-042'],
      ['*.example.test', 'a.b.example.test'],
      ['*a*a', 'banana'],
      ['(.+)[', '(.+)['],
    ]) {
      expect(matchesMask(mask!, name!), `${mask} ${name}`).to.equal(true);
    }
    for (const [mask, name] of [
      ['', 'x'],
      ['?', ''],
      ['wks-?', 'wks-12'],
      ['*.test', 'test'],
      ['a.c', 'abc'],
      ['a*b', 'abc'],
    ]) {
      expect(matchesMask(mask!, name!), `${mask} ${name}`).to.equal(false);
    }
  });

  it('agree with the regular expression that they stand for', () => {
    const text = (letters: string[]) =>
      fc.array(fc.constantFrom(...letters), { maxLength: 8 }).map((part) => part.join(''));
    fc.assert(
      fc.property(text(['a', 'b', '*', '?']), text(['a', 'b', 'c']), (mask, name) => {
        const expression = new RegExp(`^${mask.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesMask(mask, name)).to.equal(expression.test(name));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a registration rule', () => {
  const subject = { name: 'WKS-1', fqdn: 'wks-1.example.test', address: '10.1.2.3' };

  it('ORs masks of a kind and ANDs the kinds', () => {
    const both = rule({ nameMasks: ['SRV-*', 'WKS-*'], addressMasks: ['10.9.0.0/16', '10.1.0.0/16'] });
    expect(decidingRule([both], subject)).to.equal(both);
    expect(decidingRule([both], { ...subject, address: '10.2.0.1' })).to.equal(undefined);
    expect(decidingRule([both], { ...subject, name: 'X', fqdn: '' })).to.equal(undefined);
  });

  it('compares name masks with the FQDN too, and fits everybody without masks', () => {
    expect(decidingRule([rule({ nameMasks: ['*.example.test'] })], subject)).to.not.equal(undefined);
    expect(decidingRule([rule({})], subject)).to.not.equal(undefined);
  });

  it('decides only when it is on, and the first one does', () => {
    const off = rule({ isEnabled: false });
    const block = rule({ action: 'block' });
    expect(decidingRule([off, block, rule({})], subject)).to.equal(block);
    expect(decidingRule([off], subject)).to.equal(undefined);
  });
});

describe('registration rules', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    beforeEach(async () => {
      cmdb = await open();
    });
    afterEach(() => cmdb.close());

    const input = (name: string, part: Partial<RuleInput> = {}): RuleInput => ({
      name,
      action: 'allow',
      nameMasks: ['WKS-*'],
      addressMasks: ['10.0.0.0/8'],
      isEnabled: true,
      ...part,
    });
    const names = async (): Promise<string[]> =>
      (await listRules(cmdb)).map(({ name, position }) => `${position} ${name}`);

    it('are added at the end, moved, changed and deleted, with audit and change log', async () => {
      const a = await createRule(cmdb, clock, ADMIN, input('a'));
      const b = await createRule(cmdb, clock, ADMIN, input('b', { action: 'block', isEnabled: false, nameMasks: [] }));
      const c = await createRule(cmdb, clock, ADMIN, input('c'));
      expect(await getRule(cmdb, b)).to.deep.include({
        action: 'block',
        isEnabled: false,
        nameMasks: [],
        modifiedBy: 'jane',
      });
      expect(await moveRule(cmdb, clock, ADMIN, c, 1)).to.equal(true);
      expect(await names()).to.deep.equal(['1 c', '2 a', '3 b']);
      expect(await moveRule(cmdb, clock, ADMIN, c, 99)).to.equal(true);
      expect(await names()).to.deep.equal(['1 a', '2 b', '3 c']);
      expect(await updateRule(cmdb, clock, ADMIN, b, input('b2', { addressMasks: ['2001:db8::/32'] }))).to.equal(true);
      expect(await getRule(cmdb, b)).to.deep.include({ name: 'b2', position: 2, addressMasks: ['2001:db8::/32'] });
      expect(await deleteRule(cmdb, clock, ADMIN, a)).to.equal(true);
      expect(await names()).to.deep.equal(['1 b2', '2 c']);
      const audit = await cmdb.db
        .selectFrom('AuditEntry')
        .select(['Action', 'Actor', 'ObjectName'])
        .orderBy('Id')
        .execute();
      expect(audit.map(({ Action, ObjectName }) => `${Action} ${ObjectName}`)).to.deep.equal([
        'create a',
        'create b',
        'create c',
        'move c',
        'move c',
        'update b2',
        'delete a',
      ]);
      const changes = await cmdb.db.selectFrom('ChangeLog').select('Kind').execute();
      expect(changes.map(({ Kind }) => Kind)).to.deep.equal(Array(7).fill('registrationRule'));
    });

    it('say when there is no such rule', async () => {
      expect(await updateRule(cmdb, clock, ADMIN, newGuid(), input('x'))).to.equal(false);
      expect(await deleteRule(cmdb, clock, ADMIN, newGuid())).to.equal(false);
      expect(await moveRule(cmdb, clock, ADMIN, newGuid(), 1)).to.equal(false);
      expect(await cmdb.db.selectFrom('AuditEntry').select('Id').execute()).to.deep.equal([]);
    });

    it('refuse what makes no rule, field by field, and write nothing', async () => {
      const wrong = input(' ', { action: 'maybe', nameMasks: ['ok', ' '], addressMasks: ['10.0.0.0/99'] });
      const error = await createRule(cmdb, clock, ADMIN, wrong).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(InvalidInput);
      const fields = (error as InvalidInput).errors.map(({ field }) => field);
      expect(fields).to.deep.equal(['name', 'action', 'nameMasks', 'addressMasks']);
      expect(await listRules(cmdb)).to.deep.equal([]);
    });
  });
});

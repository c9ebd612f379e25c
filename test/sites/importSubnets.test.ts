import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyCmdb } from '../../models/cmdb/open.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { createSite } from '../../models/sites/changeSites.ts';
import { createSubnet } from '../../models/sites/changeSubnets.ts';
import { importSubnets, planImport } from '../../models/sites/importSubnets.ts';
import { allSubnets } from '../../models/sites/listSubnets.ts';
import { readSubnetCsv, writeSubnetCsv } from '../../models/sites/subnetCsv.ts';
import type { Guid } from '../../wire/guid.ts';
import { clock, JANE } from '../policies/support.ts';
import { forEachEngine } from '../support/cmdb.ts';

describe('a file of subnets', () => {
  const read = (file: string) =>
    readSubnetCsv(file).lines.map(({ number, subnet, site, name }) => `${number} ${subnet} ${site}|${name}`);

  it('is read with commas, semicolons and tabs, with quotes and a byte order mark', () => {
    expect(read('10.1.0.0/16,Paris,Offices\n')).to.deep.equal(['1 10.1.0.0/16 Paris|Offices']);
    expect(read('\uFEFF10.1.0.0/16;Paris\r\n\r\n10.2.0.0/16;"Lyon; ""old"""')).to.deep.equal([
      '1 10.1.0.0/16 Paris|',
      '3 10.2.0.0/16 Lyon; "old"|',
    ]);
    expect(read('10.1.0.0/16\tParis\tA, B')).to.deep.equal(['1 10.1.0.0/16 Paris|A, B']);
    expect(read('10.1.0.0/16,"Two\nlines"\n10.2.0.0/16,Lyon')).to.deep.equal([
      '1 10.1.0.0/16 Two\nlines|',
      '3 10.2.0.0/16 Lyon|',
    ]);
  });

  it('has the mask in the subnet or in a column of its own', () => {
    expect(read('10.0.0.0;255.255.0.0;Paris\n10.1.0.0;/16;Lyon\n10.2.0.0;24\n2001:db8::;32;Lyon')).to.deep.equal([
      '1 10.0.0.0/255.255.0.0 Paris|',
      '2 10.1.0.0/16 Lyon|',
      '3 10.2.0.0/24 |',
      '4 2001:db8::/32 Lyon|',
    ]);
  });

  it('may have headings, in any order, and columns that say nothing to us', () => {
    expect(read('Name,Subnet,Computers,Site\nOffices,10.1.0.0/16,7,Paris')).to.deep.equal([
      '2 10.1.0.0/16 Paris|Offices',
    ]);
    expect(read('Network;Netmask;Site\n10.1.0.0;255.255.0.0;Paris')).to.deep.equal(['2 10.1.0.0/255.255.0.0 Paris|']);
  });

  it('tells a quotation mark that is not closed', () => {
    const { lines, faults } = readSubnetCsv('10.1.0.0/16,Paris\n10.2.0.0/16,"Ly');
    expect(lines).to.have.length(1);
    expect(faults).to.deep.equal([{ number: 2, text: '10.2.0.0/16,"Ly', reason: 'A quotation mark is not closed.' }]);
  });

  it('is not read to its end when it has more lines than are taken', () => {
    const { lines, isMore } = readSubnetCsv('1\n'.repeat(1_000_000), 10);
    expect(isMore).to.equal(true);
    expect(lines.length).to.be.lessThan(20);
    const taken = `Subnet,Site\n${'\n'.repeat(1_000_000)}${'10.1.0.0/16,Paris\n'.repeat(10)}`;
    expect(readSubnetCsv(taken, 10)).to.deep.include({ isMore: false, faults: [] });
    expect(readSubnetCsv(taken, 10).lines.at(-1)).to.include({ number: 1_000_011, site: 'Paris' });
    expect(readSubnetCsv(`${taken}10.2.0.0/16`, 10).isMore).to.equal(true);
  });

  /** What a spreadsheet sees in each cell: of quotes, the outer ones are gone and doubled ones are one. */
  const cellsOf = (file: string): string[] =>
    [...file.replace('\uFEFF', '').matchAll(/"((?:[^"]|"")*)"|[^,\r\n]+/g)].map(
      ([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare,
    );

  it('comes back as it went out, whatever the names, and without a formula in it', () => {
    const text = fc.string({ minLength: 1, maxLength: 20, unit: 'grapheme' }).map((name) => name.trim());
    const hostile = fc.constantFrom('=1+1', "'=1+1", '@SUM(A1)', '-2', '+3', 'a;b', 'a,b', 'say "hi"', "it's");
    const name = fc.oneof(hostile, text).filter((one) => one !== '' && !/[\p{Cc}]/u.test(one));
    fc.assert(
      fc.property(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 10 }), (rows) => {
        const file = writeSubnetCsv(
          rows.map(([Name, SiteName], index) => ({
            Network: `10.${index}.0.0`,
            PrefixLength: 16,
            Name,
            SiteName,
            Source: 'manual',
          })),
        );
        for (const cell of cellsOf(file)) expect(cell).not.to.match(/^[=+\-@]/);
        const { lines, faults } = readSubnetCsv(file);
        expect(faults).to.deep.equal([]);
        expect(lines.map((line) => [line.subnet, line.name, line.site])).to.deep.equal(
          rows.map(([own, site], index) => [`10.${index}.0.0/16`, own, site]),
        );
      }),
    );
  });
});

describe('the import of subnets', () => {
  forEachEngine((_engine, open) => {
    let cmdb: AnyCmdb;
    let paris: Guid;
    before(async () => {
      cmdb = await open();
      paris = await createSite(cmdb, clock, JANE, { name: 'Paris' });
      await createSubnet(cmdb, clock, JANE, { subnet: '10.1.0.0/16', siteGuid: paris, name: 'Offices' });
      await createSubnet(cmdb, clock, JANE, { subnet: '10.2.0.0/16', siteGuid: paris });
    });
    after(() => cmdb.close());

    const FILE = [
      'Subnet;Site;Name',
      '10.1.0.0/16;paris;Offices',
      '10.2.0.0/16;Lyon;Moved',
      '10.3.0.0/16;Paris;',
      '10.3.0.1/16;Paris;',
      '10.3.0.0/255.255.0.0;Lyon;',
      'nonsense;Paris;',
      '10.4.0.0/16;Default Internet Site;',
    ].join('\r\n');

    const stored = async () =>
      (await allSubnets(cmdb)).map((row) => `${row.Network}/${row.PrefixLength} ${row.SiteName} ${row.Name}`).sort();
    const count = async (table: 'AuditEntry' | 'ChangeLog' | 'Site'): Promise<number> => {
      const row = await cmdb.db
        .selectFrom(table)
        .select((each) => each.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
      return Number(row.n);
    };

    it('says what each line would do, and writes nothing', async () => {
      const before = [await stored(), await count('AuditEntry'), await count('Site')];
      const plan = await planImport(cmdb, FILE, { createSites: false });
      expect(plan.create.map(({ line }) => line)).to.deep.equal([4]);
      expect([plan.change.length, plan.same, plan.unknownSites]).to.deep.equal([0, 1, ['Lyon']]);
      expect(plan.faults.map(({ number, reason }) => `${number} ${reason}`)).to.deep.equal([
        '3 There is no site Lyon.',
        '5 The address has bits behind the prefix: 10.3.0.0/16 is the subnet it lies in.',
        '6 10.3.0.0/16 is in line 4 already.',
        '7 Enter a subnet with its prefix, such as 10.1.0.0/16 or 2001:db8::/32.',
        '8 An Internet site takes its computers from targets only: choose another site.',
      ]);
      expect([await stored(), await count('AuditEntry'), await count('Site')]).to.deep.equal(before);
    });

    it('makes and changes all that is right in one go, with the sites that are not there', async () => {
      const before = [await count('AuditEntry'), await count('ChangeLog'), await count('Site')] as const;
      const plan = await importSubnets(cmdb, clock, JANE, FILE, { createSites: true });
      expect([plan.create.length, plan.change.length, plan.same, plan.newSites.length]).to.deep.equal([1, 1, 1, 1]);
      expect(await stored()).to.deep.equal([
        '10.1.0.0/16 Paris Offices',
        '10.2.0.0/16 Lyon Moved',
        '10.3.0.0/16 Paris ',
      ]);
      // A site, a new and a changed subnet; the new ones and the whole are told to other nodes.
      expect(await count('AuditEntry')).to.equal(before[0] + 3);
      expect(await count('ChangeLog')).to.be.greaterThan(before[1]);
      expect(await count('Site')).to.equal(before[2] + 1);
      const again = await planImport(cmdb, writeSubnetCsv(await allSubnets(cmdb)), { createSites: false });
      expect([again.create.length, again.change.length, again.same, again.faults]).to.deep.equal([0, 0, 3, []]);
    });

    it('takes no name that turns the direction of the text around it', async () => {
      const file = '10.8.0.0/16;\u202Esirap;\n10.9.0.0/16;Paris;\u202Eeciffo';
      const plan = await planImport(cmdb, file, { createSites: true });
      expect(plan.faults.map(({ number }) => number)).to.deep.equal([1, 2]);
      expect([plan.create, plan.newSites]).to.deep.equal([[], []]);
    });

    it('refuses what is no text', async () => {
      for (const [file, message] of [
        ['', 'no lines'],
        ['\r\n , ,\r\n', 'no lines'],
        ['10.9.0.0/16;Orl\uFFFDans', 'not UTF-8'],
        ['10.9.0.0/16\n'.repeat(10_001), 'at most'],
      ] as const) {
        const error: unknown = await importSubnets(cmdb, clock, JANE, file, { createSites: true }).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error, message).to.be.instanceOf(InvalidInput);
        expect(String(error)).to.contain(message);
      }
    });

    it('takes five thousand lines at once', async () => {
      const lines = Array.from(
        { length: 5000 },
        (_, n) => `172.${16 + (n >> 12)}.${(n >> 4) & 255}.${(n & 15) * 16}/28,Paris,Line ${n}`,
      );
      const plan = await importSubnets(cmdb, clock, JANE, lines.join('\n'), { createSites: false });
      expect([plan.create.length, plan.faults.length]).to.deep.equal([5000, 0]);
      expect(await stored()).to.have.length(5003);
      const moved = await importSubnets(cmdb, clock, JANE, lines.join('\n').replaceAll('Paris', 'Lyon'), {
        createSites: false,
      });
      expect([moved.create.length, moved.change.length]).to.deep.equal([0, 5000]);
      expect((await stored()).filter((line) => line.includes(' Lyon '))).to.have.length(5001);
    }).timeout(60_000);
  });
});

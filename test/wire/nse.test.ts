import { expect } from 'chai';
import fc from 'fast-check';
import { readMigrations } from '../../models/cmdb/migrate.ts';
import { readNse } from '../../models/events/readNse.ts';
import { newGuid } from '../../wire/guid.ts';
import { localTime, NSE_COLUMNS, nseClass, nseTime, parseLocalTime, parseNseTime, writeNse } from '../../wire/nse.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../wire/wellKnown.ts';

describe('the time of an event', () => {
  it('is local, and the number behind it is what makes UTC of it', () => {
    expect(new Date(parseNseTime('20300607085013.421000-120')!.at).toISOString()).to.equal('2030-06-07T06:50:13.421Z');
    expect(nseTime(new Date('2030-06-07T06:50:13.421Z'), -120)).to.equal('20300607085013.421000-120');
  });

  it('is read back as it was written, in any zone', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date('1970-01-02'), max: new Date('2999-01-01') }),
        fc.integer({ min: -840, max: 840 }),
        (time, bias) => {
          expect(parseNseTime(nseTime(time, bias))).to.deep.equal({ at: time.getTime(), biasMinutes: bias });
          const seconds = Math.floor(time.getTime() / 1000) * 1000;
          expect(parseLocalTime(localTime(time, bias), bias)).to.equal(seconds);
        },
      ),
    );
  });

  it('is none when the day does not exist or the text is another', () => {
    for (const text of ['20300230000000.000000+000', '2030-06-07', '', '20300607245013', 'x'])
      expect(parseNseTime(text), text).to.equal(undefined);
    expect(parseLocalTime('2030-13-01 00:00:00', 0)).to.equal(undefined);
  });
});

describe('writing an event', () => {
  it('gives what the server reads, whatever the values are', () => {
    const text = fc
      .string({ unit: 'binary', maxLength: 20 })
      .map((value) => value.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, ''));
    fc.assert(
      fc.property(fc.array(fc.option(text, { nil: undefined }), { minLength: 1, maxLength: 5 }), text, (row, name) => {
        const guid = newGuid();
        const message = {
          to: CAPTURE_ITEM.asset,
          priority: 1,
          msgId: guid,
          time: new Date(0),
          biasMinutes: 0,
          resource: { guid, name, keys: [{ name: 'fqdn', value: name }] },
          classes: [{ guid, name: 'Class', rows: [row] }],
        };
        const event = readNse(Buffer.from(writeNse(message)));
        expect(event.msgId).to.equal(guid);
        expect(event.blocks[0]!.resource!.name).to.equal(name);
        row.forEach((value, column) => expect(event.blocks[0]!.rows[0]![column]).to.equal(value));
      }),
    );
  });

  it('puts values where the class has their column', () => {
    expect(nseClass('location', [{ site: 'Here', location: 'There' }]).rows).to.deep.equal([
      ['There', 'Here', undefined],
    ]);
  });

  it('has as many columns for each class as a new CMDB, in the same order', () => {
    const seeded = readMigrations('sqlite')
      .flatMap((migration) => migration.statements)
      .filter((statement) => /^INSERT INTO DataClassColumn/m.test(statement))
      .flatMap((statement) => [...statement.matchAll(/\('([0-9a-f-]+)', (\d+), '([^']+)'/g)]);
    // Reports know GUIDs of packages and advertisements as ids.
    const plain = (name: string): string =>
      name
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .replace(/guid$/, 'id');
    for (const name of Object.keys(NSE_COLUMNS) as (keyof typeof NSE_COLUMNS)[]) {
      const columns = seeded
        .filter((match) => match[1] === DATA_CLASS[name])
        .sort((a, b) => Number(a[2]) - Number(b[2]));
      expect(
        columns.map((match) => plain(match[3]!)),
        name,
      ).to.deep.equal(NSE_COLUMNS[name].map(plain));
    }
  });
});

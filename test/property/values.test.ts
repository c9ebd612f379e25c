/** Whatever values an event holds, what fits is kept, what does not is mended and flagged, and nothing throws. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { DataClass, DataClassColumn } from '../../models/inventory/dataClasses.ts';
import { changeOf } from '../../models/inventory/history/changeOf.ts';
import { classData, hashRows, type ClassRow } from '../../models/inventory/inventoryRows.ts';
import { mergeRows } from '../../models/inventory/partialRows.ts';
import { guid } from '../../wire/guid.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 500);

const column = (name: string, dataType: string, maxLength?: number, isVolatile = false): DataClassColumn => ({
  name,
  dataType,
  maxLength,
  isVolatile,
});

/** Position 2 has no column. */
const COLUMNS = [
  column('Name', 'text', 8),
  column('Count', 'int'),
  undefined,
  column('Seen', 'time'),
  column('Note', 'text'),
  column('Clock', 'text', 20, true),
];
const NAMES = ['Name', 'Count', 'Seen', 'Note', 'Clock'];
const TELLING = NAMES.slice(0, -1);

const classOf = (isMultiRow: boolean): DataClass => ({
  guid: guid('0d0d0d0d-0000-4000-8000-000000000001'),
  name: 'Things',
  table: 'Inv_Things',
  kind: 'inventory',
  isMultiRow,
  hasHistory: true,
  columns: COLUMNS,
});
const MANY = classOf(true);

const value = fc.oneof(
  fc.string({ maxLength: 20, unit: 'binary' }),
  fc.integer().map(String),
  fc.double().map(String),
  fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
    .map((date) => date.toISOString().slice(0, 19)),
  fc.constantFrom('', ' ', '0', '-1', '1e3', '0x10', '2026-02-30 00:00:00', '2026-02-28 23:59:59', '😀😀😀😀😀'),
);
const sentRow = fc.array(fc.option(value, { nil: undefined }), { maxLength: 8 });
const sentRows = fc.array(sentRow, { maxLength: 6 });

const cell = fc.constantFrom('a', 'b', '', null);
const storedRow = fc.record({
  Name: cell,
  Count: fc.constantFrom(1, 2, null),
  Seen: fc.constant(null),
  Note: cell,
  Clock: cell,
});
const storedRows = fc.array(storedRow, { maxLength: 8 });
/** Each with a name of its own, so that a change can be found again. */
const namedRows = fc.uniqueArray(
  storedRow.chain((row) => fc.constantFrom('a', 'b', 'c', 'd', 'e').map((Name) => ({ ...row, Name }))),
  { selector: (row) => row.Name },
);
const givenRow = fc.record({ Name: cell, Count: fc.constantFrom(1, 2, null), Note: cell }, { requiredKeys: [] });

const sorted = (rows: readonly ClassRow[], names = TELLING): string[] =>
  rows.map((row) => JSON.stringify(names.map((name) => row[name] ?? null))).sort();

describe('values of any kind', () => {
  it('are kept as far as possible, and flagged when something is lost', () => {
    fc.assert(
      fc.property(sentRows, fc.boolean(), (rows, partial) => {
        const flags = new Set<string>();
        const data = classData(MANY, rows, 0, flags, partial);
        expect(data.rows).to.have.length(rows.length);
        let lost = false;
        rows.forEach((row, index) => {
          const kept = data.rows[index]!;
          if (!partial) expect(Object.keys(kept)).to.deep.equal(NAMES);
          row.forEach((sent, position) => {
            if (sent === undefined) return;
            const target = COLUMNS[position];
            if (target === undefined) lost = true;
            else if (target.dataType !== 'text') {
              if (kept[target.name] === null && sent.trim() !== '') lost = true;
            } else {
              const text = kept[target.name] as string;
              expect(sent.startsWith(text), 'the beginning of what was sent').to.equal(true);
              expect(text.length).to.be.at.most(target.maxLength ?? Infinity);
              if (text !== sent) lost = true;
              else return;
              expect(text.length, 'as much as fits').to.be.at.least(target.maxLength! - 1);
            }
          });
        });
        expect(flags.size > 0, [...flags].join(' ')).to.equal(lost);
      }),
      { numRuns: RUNS },
    );
  });

  it('have types: whole numbers that are exact, and instants', () => {
    fc.assert(
      fc.property(sentRows, (rows) => {
        for (const row of classData(MANY, rows, 60, new Set()).rows) {
          if (row.Count !== null) expect(Number.isSafeInteger(row.Count)).to.equal(true);
          if (row.Seen !== null) expect(new Date(row.Seen as string).toISOString()).to.equal(row.Seen);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('leave half a character nowhere', () => {
    const [row] = classData(MANY, [['1234567😀']], 0, new Set()).rows;
    expect(row!.Name).to.equal('1234567');
  });

  it('have one hash in whatever order rows come, whatever differs in every event, and another when anything else differs', () => {
    fc.assert(
      fc.property(storedRows, storedRows, (one, other) => {
        const shuffled = one.map((row) => ({ ...row, Clock: 'later' })).reverse();
        expect(hashRows(MANY, shuffled)).to.equal(hashRows(MANY, one));
        const equal = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(hashRows(MANY, one) === hashRows(MANY, other)).to.equal(equal);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a partial update of any rows', () => {
  it('loses no row, and changes no value that it does not give', () => {
    fc.assert(
      fc.property(storedRows, fc.array(givenRow, { maxLength: 4 }), (before, given) => {
        const after = mergeRows(MANY, before, given);
        expect(after.length).to.be.within(before.length, before.length + given.length);
        before.forEach((row, index) => {
          const now = after[index]!;
          for (const name of NAMES) {
            if (now[name] !== row[name as keyof typeof row])
              expect(given.some((each) => name in each && each[name as keyof typeof each] === now[name])).to.equal(
                true,
              );
          }
        });
        for (const row of after) expect(Object.keys(row)).to.deep.equal(NAMES);
      }),
      { numRuns: RUNS },
    );
  });

  it('is the same when it comes twice, as long as its rows differ in their first value', () => {
    const begun = fc.record(
      { Name: fc.constantFrom('a', 'b'), Count: fc.constantFrom(1, 2), Note: cell },
      { requiredKeys: ['Name'] },
    );
    fc.assert(
      fc.property(storedRows, fc.uniqueArray(begun, { selector: (row) => row.Name }), (before, given) => {
        const once = mergeRows(MANY, before, given);
        expect(sorted(mergeRows(MANY, once, given))).to.deep.equal(sorted(once));
      }),
      { numRuns: RUNS },
    );
  });

  it('of a class with one row leaves one row', () => {
    fc.assert(
      fc.property(fc.option(storedRow, { nil: undefined }), givenRow, (before, given) => {
        const [after, ...more] = mergeRows(classOf(false), before === undefined ? [] : [before], [given]);
        expect(more).to.deep.equal([]);
        for (const name of NAMES)
          expect(after![name]).to.equal(
            name in given ? given[name as keyof typeof given] : (before?.[name as keyof typeof before] ?? null),
          );
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a row of history', () => {
  it('turns what was there before into what was there after', () => {
    fc.assert(
      fc.property(namedRows, namedRows, (before, after) => {
        const difference = changeOf(MANY, before, after);
        if (difference === undefined) {
          expect(sorted(before)).to.deep.equal(sorted(after));
          return;
        }
        const rows: ClassRow[] = [...before];
        const take = (wanted: ClassRow): ClassRow => {
          const at = rows.findIndex((row) =>
            TELLING.every((name) => !(name in wanted) || (row[name] ?? null) === wanted[name]),
          );
          expect(at, JSON.stringify(wanted)).to.be.at.least(0);
          return rows.splice(at, 1)[0]!;
        };
        for (const row of difference.removed) take(row);
        for (const { before: then, after: now, row } of difference.changed)
          rows.push({ ...take({ ...row, ...then }), ...now });
        rows.push(...difference.added);
        expect(sorted(rows)).to.deep.equal(sorted(after));
      }),
      { numRuns: RUNS },
    );
  });
});

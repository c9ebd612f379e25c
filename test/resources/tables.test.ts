/** A table that refers to resources and is on no list would make every merge and purge fail. */
import { expect } from 'chai';
import { readMigrations } from '../../models/cmdb/migrate.ts';
import { LOG_TABLES, RELATION_TABLES, STATE_TABLES } from '../../models/resources/resourceTables.ts';

describe('the tables that merges and purges know', () => {
  for (const engine of ['sqlite', 'mssql'] as const) {
    it(`are all that refer to resources, on ${engine}`, () => {
      const referring = readMigrations(engine)
        .flatMap(({ statements }) => statements)
        .flatMap((statement) => {
          const table = /CREATE TABLE (\w+)/.exec(statement)?.[1] ?? /ALTER TABLE (\w+)/.exec(statement)?.[1];
          if (table === undefined) return [];
          return [...statement.matchAll(/FOREIGN KEY \((\w+)\) REFERENCES Resource ?\(/g)].map(
            ([, column]) => `${table}.${column}`,
          );
        })
        // Those of data classes are found by DataClass.
        .filter((reference) => !reference.startsWith('Inv_'));
      const known = [
        ...LOG_TABLES.map(({ table, column }) => `${table}.${column}`),
        ...Object.entries(STATE_TABLES).map(([table, column]) => `${table}.${column}`),
        ...Object.entries(RELATION_TABLES).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`)),
      ];
      expect(referring.sort()).to.deep.equal(known.sort());
    });
  }
});

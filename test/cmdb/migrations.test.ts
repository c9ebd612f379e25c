import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate, readMigrations, SchemaTooNew, schemaVersion, splitStatements } from '../../models/cmdb/migrate.ts';
import { openSqlite } from '../../models/cmdb/sqlite.ts';
import { forEachEngine } from '../support/cmdb.ts';

const newest = readMigrations('sqlite').at(-1)!.version;

describe('migrations', () => {
  it('have the same numbers and names on both engines', () => {
    const list = (engine: 'sqlite' | 'mssql') =>
      readMigrations(engine).map(({ version, name }) => `${version} ${name}`);
    expect(list('mssql')).to.deep.equal(list('sqlite'));
  });

  it('make the same tables and columns on both engines, and those that the code believes in', () => {
    const columns = (engine: 'sqlite' | 'mssql'): string[] =>
      readMigrations(engine)
        .flatMap((migration) => migration.statements)
        .flatMap((statement) => {
          const added = /ALTER TABLE (\w+) ADD (?:COLUMN )?(\w+) /.exec(statement);
          if (added !== null) return [`${added[1]}.${added[2]}`];
          const match = /CREATE TABLE (\w+) \(\n([\s\S]*)\n\)/.exec(statement);
          if (match === null) return [];
          return match[2]!
            .split(',\n')
            .map((line) => line.trim())
            .filter((line) => !line.startsWith('CONSTRAINT'))
            .map((line) => `${match[1]}.${/^(\[[^\]]+\]|\S+)/.exec(line)![1]!.replace(/[[\]]/g, '')}`);
        });
    expect(columns('mssql')).to.deep.equal(columns('sqlite'));

    const rooms = fileURLToPath(new URL('../../models/cmdb/schema/', import.meta.url));
    const schema = readdirSync(rooms)
      .map((file) => readFileSync(join(rooms, file), 'utf8'))
      .join('\n');
    const believed = [...schema.matchAll(/export interface (\w+)Table \{\n([\s\S]*?)\n\}/g)].flatMap(
      ([, table, body]) =>
        body!
          .split('\n')
          .filter((line) => /^ {2}\w+:/.test(line))
          .map((line) => `${table}.${line.trim().split(':')[0]}`),
    );
    expect(believed.sort()).to.deep.equal(
      columns('sqlite')
        .filter((name) => !name.startsWith('Inv_'))
        .sort(),
    );
  });

  it('are split where a statement ends, and views stand alone', () => {
    expect(splitStatements('-- note; of a kind\nCREATE TABLE a (x int);\nINSERT INTO a VALUES (1);\n')).to.have.length(
      2,
    );
  });

  forEachEngine((_engine, open) => {
    it('bring an empty database to the newest version, and do nothing the second time', async () => {
      const cmdb = await open();
      try {
        expect(await schemaVersion(cmdb)).to.equal(newest);
        expect(await migrate(cmdb)).to.deep.equal([]);
      } finally {
        await cmdb.close();
      }
    });
  });

  it('refuse a CMDB that a newer program made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ns-migrate-'));
    const cmdb = openSqlite(join(folder, 'cmdb.sqlite'));
    await migrate(cmdb);
    cmdb.writer.exec(`INSERT INTO SchemaVersion VALUES (${newest + 1}, 'future', '2030-01-01T00:00:00.000Z')`);
    const error: unknown = await migrate(cmdb).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(SchemaTooNew);
    await cmdb.close();
    rmSync(folder, { recursive: true });
  });

  it('are applied once when four processes start on one empty database', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ns-migrate-'));
    const ns = fileURLToPath(new URL('../../bin/ns.js', import.meta.url));
    const start = () =>
      new Promise<{ code: number | null; output: string }>((resolve) => {
        const child = spawn(process.execPath, [ns, 'migrate'], {
          env: { PATH: process.env.PATH, NS_DATA_DIR: folder },
        });
        let output = '';
        child.stdout.on('data', (chunk) => (output += String(chunk)));
        child.stderr.on('data', (chunk) => (output += String(chunk)));
        child.on('exit', (code) => resolve({ code, output }));
      });
    const results = await Promise.all([start(), start(), start(), start()]);
    expect(
      results.map((result) => result.code),
      results.map((result) => result.output).join('\n'),
    ).to.deep.equal([0, 0, 0, 0]);
    const applied = results.flatMap((result) => /applied ([\d, ]+);/.exec(result.output)?.[1]?.split(', ') ?? []);
    expect(applied.map(Number).sort((a, b) => a - b)).to.deep.equal(
      readMigrations('sqlite').map((migration) => migration.version),
    );
    rmSync(folder, { recursive: true });
  });
});

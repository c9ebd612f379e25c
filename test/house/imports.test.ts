/** The house's walls: imports run app → routes → models → models/cmdb, and the clients share only the wire. */
import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Which rooms a room may import from. A type import of app/context.ts is what every handler is handed. */
const ALLOWED: Record<string, readonly string[]> = {
  wire: ['wire'],
  client: ['client', 'wire'],
  agent: ['agent', 'client', 'wire'],
  siteserver: ['siteserver', 'client', 'wire'],
  models: ['models', 'wire'],
  routes: ['routes', 'models', 'wire'],
  app: ['app', 'routes', 'models', 'agent', 'siteserver', 'client', 'wire'],
};

const FORBIDDEN_PACKAGES: Record<string, RegExp> = {
  models: /^(express|ejs|helmet|passport|express-session)/,
  wire: /^(express|ejs|helmet|passport|kysely|mssql)/,
  client: /^(express|ejs|helmet|passport|kysely|mssql|pino)/,
  agent: /^(express|ejs|helmet|passport|kysely|mssql|pino)/,
  siteserver: /^(express|ejs|helmet|passport|kysely|mssql|pino)/,
};

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
}

function importsOf(room: string): Import[] {
  const files = (readdirSync(join(root, room), { recursive: true }) as string[]).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const path = join(root, room, file);
    const text = readFileSync(path, 'utf8');
    const found = [
      ...text.matchAll(/(?:^|\n)\s*(import|export)(\s+type)?[^;'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g),
    ];
    return found.map((match) => {
      const specifier = match[3] ?? match[4]!;
      const target = specifier.startsWith('.') ? relative(root, resolve(dirname(path), specifier)) : specifier;
      return { file: relative(root, path), target, typeOnly: match[2] !== undefined };
    });
  });
}

describe('the house', () => {
  for (const [room, allowed] of Object.entries(ALLOWED)) {
    it(`${room} imports only from ${allowed.join(', ')}`, () => {
      let imports: Import[];
      try {
        imports = importsOf(room);
      } catch {
        return; // A room that is not built yet holds no wrong import.
      }
      const wrong = imports.filter(({ target, typeOnly }) => {
        if (FORBIDDEN_PACKAGES[room]?.test(target)) return true;
        const other = Object.keys(ALLOWED).find((name) => target.startsWith(`${name}/`));
        if (other === undefined || allowed.includes(other)) return false;
        return !(room === 'routes' && typeOnly && target.startsWith('app/'));
      });
      expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).to.deep.equal([]);
    });
  }

  it('opens the database, reads settings and looks at the clock in app only', () => {
    const wrong = ['models', 'routes'].flatMap((room) =>
      (readdirSync(join(root, room), { recursive: true }) as string[])
        .filter((file) => file.endsWith('.ts'))
        .filter((file) => /process\.env\b/.test(readFileSync(join(root, room, file), 'utf8')))
        .map((file) => `${room}/${file} reads process.env`),
    );
    expect(wrong).to.deep.equal([]);
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { resolve, sep } from 'node:path';
import { checkPath, checkPaths, placeOf, UnsafePath } from '../../client/packages/paths.ts';
import type { ManifestFile } from '../../wire/manifest.ts';

const file = (path: string, folder = false): ManifestFile => ({
  path,
  folder,
  size: 0,
  date: '',
  hash: '',
  executable: false,
});

describe('the paths of a manifest', () => {
  it('may be ordinary ones', () => {
    for (const path of ['setup.exe', 'data/a b.txt', 'ü/ñ.txt', '.hidden', '...', 'a..b', 'con.figure', 'COM10']) {
      expect(() => checkPath(path, 'linux'), path).to.not.throw();
    }
    for (const path of ['setup.exe', 'data/a b.txt', '.hidden', 'a..b', 'confer.txt', 'COM10', 'console']) {
      expect(() => checkPath(path, 'win32'), path).to.not.throw();
    }
  });

  const everywhere = [
    '',
    '.',
    '..',
    '../a',
    'a/..',
    'a/../b',
    'a/./b',
    '/a',
    '//a',
    'a//b',
    'a/',
    '\\a',
    'a\\b',
    'C:',
    'c:/a',
    'c:a',
    'a\0b',
    'a\nb',
    'a\u007f',
    'x'.repeat(256),
    'a/'.repeat(2100) + 'b',
  ];
  for (const platform of ['linux', 'win32'] as const) {
    it(`never leave the folder or mean something else on ${platform}`, () => {
      for (const path of everywhere) expect(() => checkPath(path, platform), JSON.stringify(path)).to.throw(UnsafePath);
    });
  }

  it('name no devices, streams or trimmed names on Windows', () => {
    for (const path of [
      'CON',
      'con.txt',
      'a/NUL',
      'aux.tar.gz',
      'COM1',
      'lpt9.x',
      'COM¹',
      'CONIN$',
      'a:b',
      'a.',
      'a ',
      'a /b',
      'a?',
      'a*',
      'a|b',
      '<a',
      '"a"',
    ]) {
      expect(() => checkPath(path, 'win32'), path).to.throw(UnsafePath);
    }
  });

  it('differ in more than letter case and composition', () => {
    expect(() => checkPaths([file('a/B'), file('A/b')], 'linux')).to.throw(/twice/);
    expect(() => checkPaths([file('\u00e9'), file('e\u0301')], 'linux')).to.throw(/twice/);
    expect(() => checkPaths([file('a'), file('b')], 'linux')).to.not.throw();
  });

  it('lie below folders only', () => {
    expect(() => checkPaths([file('a'), file('A/b')], 'linux')).to.throw(/below a file/);
    expect(() => checkPaths([file('a', true), file('a/b')], 'linux')).to.not.throw();
  });

  it('always end up below the folder when they are accepted', () => {
    const segment = fc.oneof(fc.constantFrom('..', '.', '', 'a', 'C:', 'nul', ' ', '~'), fc.string({ maxLength: 6 }));
    const root = resolve('/var/lib/agent');
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), fc.constantFrom('/', '\\', '//'), (parts, separator) => {
        let place: string;
        try {
          place = placeOf(root, parts.join(separator));
        } catch (error) {
          return error instanceof UnsafePath;
        }
        return place.startsWith(root + sep) && place.length > root.length + 1;
      }),
    );
  });
});

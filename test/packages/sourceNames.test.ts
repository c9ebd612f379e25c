/** Names that cannot arrive everywhere, as a folder has them; for lists and archives see urlHostile.test.ts. */
import { expect } from 'chai';
import { scanFolder } from '../../models/packages/snapshot/scanFolder.ts';
import { SourceProblem } from '../../models/packages/sources/source.ts';
import { TestFolder } from './support.ts';

describe('names in a package folder', () => {
  let source: TestFolder;
  beforeEach(function () {
    // Windows does not let anybody make them.
    if (process.platform === 'win32') this.skip();
    source = new TestFolder();
  });
  afterEach(() => source?.remove());

  const refusal = (name: string): string => {
    source.write(name);
    let error: unknown;
    try {
      scanFolder(source.path);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).to.be.instanceOf(SourceProblem);
    return (error as SourceProblem).message;
  };

  for (const character of '<>:"|?*') {
    it(`that hold ${character} are refused, as Windows cannot have them`, () => {
      expect(refusal(`sub/a${character}b`)).to.equal(
        `The name "sub/a${character}b" contains ${character}, which Windows does not allow.`,
      );
    });
  }

  for (const name of ['folder./a', 'folder /a', 'setup.exe.', 'setup.exe ']) {
    it(`such as ${JSON.stringify(name)} are refused, as Windows drops their end`, () => {
      expect(refusal(name)).to.match(/ends with a dot or a space, which Windows drops\.$/);
    });
  }

  for (const name of ['con', 'AUX.txt', 'sub/Nul.tar.gz', 'COM1', 'lpt9.log', 'com¹.x', 'CONIN$', 'prn .x', 'aux/a']) {
    it(`such as ${name} are refused, as Windows has devices of that name`, () => {
      expect(refusal(name)).to.match(/is that of a device on Windows\.$/);
    });
  }

  it('that only look alike are fine', () => {
    const names = [
      '.a',
      'auxiliary',
      'com',
      'com10',
      'console.txt',
      'lpt',
      'null',
      'a.con',
      'a b',
      "it's (1) [2] {3}.x",
    ];
    for (const name of names) source.write(name);
    expect(scanFolder(source.path)).to.have.length(names.length);
  });
});

import { expect } from 'chai';
import { braces, guid, GUID_BYTES, guidAt, newGuid, parseGuid, writeGuid } from '../../wire/guid.ts';

const plain = '0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e';

describe('GUIDs', () => {
  it('are read in every spelling of the wire', () => {
    for (const text of [plain, `{${plain}}`, plain.toUpperCase(), `{${plain.toUpperCase()}}`, `  ${plain} `]) {
      expect(parseGuid(text)).to.equal(plain);
    }
  });

  it('are refused when they are none', () => {
    for (const text of [
      '',
      null,
      undefined,
      `{${plain}`,
      `${plain}}`,
      `{{${plain}}}`,
      `}${plain}{`,
      '{',
      plain.slice(1),
      `${plain}0`,
      "' OR 1=1 --",
      `${plain}\n<x>`,
    ]) {
      expect(parseGuid(text), String(text)).to.equal(undefined);
    }
  });

  it('are printed in braces and lower case', () => {
    expect(braces(guid(plain.toUpperCase()))).to.equal(`{${plain}}`);
    expect(parseGuid(newGuid())).to.not.equal(undefined);
  });

  it('are the bytes that their text shows, and come back from them', () => {
    const bytes = Buffer.alloc(GUID_BYTES + 2);
    writeGuid(bytes, 1, guid(plain));
    expect(bytes.toString('hex')).to.equal(`00${plain.replaceAll('-', '')}00`);
    for (let tries = 0; tries < 100; tries++) {
      const made = newGuid();
      writeGuid(bytes, 2, made);
      expect(guidAt(bytes, 2)).to.equal(made);
    }
  });
});

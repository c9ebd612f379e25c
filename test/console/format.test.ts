import { expect } from 'chai';
import { counted, cutMiddle, formatAgo, formatBytes, formatSpan } from '../../routes/console/format.ts';
import { csvField } from '../../routes/console/listExport.ts';
import { at, safeReturn } from '../../routes/console/paths.ts';

describe('values on a page', () => {
  it('show sizes with units', () => {
    expect([0, 1, 1023, 1024, 1536, 200 * 1024, 1024 ** 2 * 1.44, 1024 ** 4 * 5000].map(formatBytes)).to.deep.equal([
      '0 bytes',
      '1 byte',
      '1,023 bytes',
      '1.0 KB',
      '1.5 KB',
      '200 KB',
      '1.4 MB',
      '4.9 PB',
    ]);
  });

  it('show spans by the two units that matter', () => {
    const second = 1000;
    expect(
      [
        0,
        999,
        42 * second,
        90 * second,
        3600 * second,
        3900 * second,
        26 * 3600 * second,
        40 * 86_400 * second,
        400 * 86_400 * second,
        -5,
      ].map(formatSpan),
    ).to.deep.equal(['0 s', '1 s', '42 s', '1 min', '1 h', '1 h 5 min', '1 d 2 h', '40 d', '1 y 35 d', '0 s']);
  });

  it('show times as people say them', () => {
    const now = Date.parse('2026-11-21T12:00:00.000Z');
    expect(formatAgo('2026-11-21T11:57:00.000Z', now)).to.equal('3 min ago');
    expect(formatAgo('2026-11-23T12:00:00.000Z', now)).to.equal('in 2 d');
    expect(formatAgo('2026-11-21T12:00:02.000Z', now)).to.equal('just now');
  });

  it('cut long names in the middle and never within a character', () => {
    expect(cutMiddle('short')).to.equal('short');
    const cut = cutMiddle('Accounting workstation in the third floor with a very long name 0042', 20);
    expect(cut).to.equal('Accounting w…me 0042');
    expect(Array.from(cutMiddle('😀'.repeat(60), 10))).to.deep.equal([
      ...Array<string>(6).fill('😀'),
      '…',
      ...Array<string>(3).fill('😀'),
    ]);
  });

  it('count with the right word', () => {
    expect(counted(1, ['computer', 'computers'])).to.equal('1 computer');
    expect(counted(35_000, ['computer', 'computers'])).to.equal('35,000 computers');
  });

  it('are no formulas in a CSV field', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM', '\t=1', '\r=1'])
      expect(csvField(text).replace(/^"/, '')).to.match(/^'/);
    expect(csvField(-5)).to.equal('-5');
    expect(csvField('plain')).to.equal('plain');
    expect(csvField('a"b')).to.equal('"a""b"');
    expect(csvField(null)).to.equal('');
  });

  it('lead to the console only', () => {
    expect(at('/users', { q: 'a b&c', state: '' })).to.equal('/Altiris/Console/users?q=a+b%26c');
    expect(at('/')).to.equal('/Altiris/Console');
    for (const inside of ['/Altiris/Console', '/Altiris/Console?x=1', '/Altiris/Console/users?q=//x'])
      expect(safeReturn(inside)).to.equal(inside);
    for (const outside of [
      undefined,
      5,
      '',
      '/',
      '//evil',
      'https://evil',
      '/Altiris/Consolex',
      '/Altiris/Console/\\evil',
      '/Altiris/Console/\nx',
    ]) {
      expect(safeReturn(outside)).to.equal('/Altiris/Console');
    }
  });
});

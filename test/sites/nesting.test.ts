import { expect } from 'chai';
import fc from 'fast-check';
import { addressBytes, addressText } from '../../models/sites/address.ts';
import { isTelling, overlapsOf, type NestedSubnet } from '../../models/sites/nesting.ts';
import type { Guid } from '../../wire/guid.ts';

const PARIS = { siteGuid: '00000000-0000-4000-8000-000000000001' as Guid, siteName: 'Paris' };
const LYON = { siteGuid: '00000000-0000-4000-8000-000000000002' as Guid, siteName: 'Lyon' };
const NONE = { siteGuid: null, siteName: null };

describe('subnets in subnets', () => {
  const kinds = (...subnets: [string, typeof PARIS | typeof NONE][]) =>
    [...overlapsOf(subnets.map(([text, site]) => ({ text, ...site })))].map(
      ([text, { within, kind }]) => `${text} ${kind} ${within}`,
    );

  it('say whose the computers are', () => {
    const overlaps = overlapsOf([
      { text: '10.1.0.0/16', ...LYON },
      { text: '10.0.0.0/8', ...PARIS },
      { text: '10.2.0.0/16', ...NONE },
      { text: '10.3.0.0/16', ...PARIS },
    ]);
    expect([...overlaps.values()].map(({ reason }) => reason)).to.deep.equal([
      '10.1.0.0/16 in Lyon lies in 10.0.0.0/8 in Paris: computers in it are in Lyon.',
      '10.2.0.0/16 in no site lies in 10.0.0.0/8 in Paris: computers in it are in no site.',
      '10.3.0.0/16 lies in 10.0.0.0/8, in Paris as well: computers in it are in Paris.',
    ]);
    expect([...overlaps.values()].map(isTelling)).to.deep.equal([true, true, false]);
  });

  it('count for the narrowest that contains them, and families stay apart', () => {
    expect(
      kinds(
        ['0.0.0.0/0', PARIS],
        ['10.0.0.0/8', NONE],
        ['10.1.0.0/16', LYON],
        ['10.1.2.0/24', PARIS],
        ['11.0.0.0/8', PARIS],
        ['::/0', PARIS],
        ['2001:db8::/32', LYON],
      ),
    ).to.deep.equal([
      '10.0.0.0/8 none 0.0.0.0/0',
      '10.1.0.0/16 outside 10.0.0.0/8',
      '10.1.2.0/24 other 10.1.0.0/16',
      '11.0.0.0/8 same 0.0.0.0/0',
      '2001:db8::/32 other ::/0',
    ]);
    expect(kinds(['10.0.0.0/24', PARIS], ['10.0.1.0/24', LYON])).to.deep.equal([]);
  });

  it('are found as by looking at every pair', () => {
    const subnetOf = (length: 4 | 16) =>
      fc
        .tuple(
          fc.array(fc.integer({ min: 0, max: 3 }), { minLength: length, maxLength: length }),
          fc.integer({ min: 0, max: length * 8 }),
        )
        .map(([bytes, prefix]) => {
          const masked = bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))));
          return `${addressText(masked)}/${prefix}`;
        });
    const subnet = fc.oneof(subnetOf(4), subnetOf(16));
    fc.assert(
      fc.property(fc.uniqueArray(subnet, { maxLength: 30 }), (texts) => {
        const subnets: NestedSubnet[] = texts.map((text) => ({ text, ...PARIS }));
        const found = overlapsOf(subnets);
        for (const text of texts) {
          const containers = texts.filter((other) => other !== text && contains(other, text));
          const narrowest = containers.sort((a, b) => prefixOf(b) - prefixOf(a))[0];
          expect(found.get(text)?.within).to.equal(narrowest);
        }
      }),
    );
  });
});

const prefixOf = (text: string): number => Number(text.split('/')[1]);
const bitsOf = (text: string): string =>
  addressBytes(text.split('/')[0]!)!
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
const contains = (wide: string, narrow: string): boolean =>
  wide.includes(':') === narrow.includes(':') &&
  prefixOf(wide) < prefixOf(narrow) &&
  bitsOf(narrow).startsWith(bitsOf(wide).slice(0, prefixOf(wide)));

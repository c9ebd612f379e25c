/** The site of an address as it is found, against a naive look at every subnet's bits; addresses as agents write them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { addressText } from '../../models/sites/address.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import { newGuid } from '../../wire/guid.ts';
import { bitsOf, longestPrefix } from './naiveSources.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 300);

/** Few different bytes, so that prefixes overlap and addresses hit them. */
const bytesOf = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.constantFrom(0, 1, 127, 128, 254, 255), { minLength: length, maxLength: length });
const anyBytes = fc.oneof(bytesOf(4), bytesOf(16));

const masked = (bytes: readonly number[], prefix: number): number[] =>
  bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, prefix - index * 8))) & 0xff);

const subnet = anyBytes.chain((bytes) =>
  fc.oneof(fc.nat(10), fc.nat(bytes.length * 8)).map((prefix) => `${addressText(masked(bytes, prefix))}/${prefix}`),
);

const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);

/** Every form of an address that an agent may send: IPv4 also as it shows in IPv6, IPv6 also in capitals and in full. */
const address = fc
  .tuple(anyBytes, fc.constantFrom('plain', 'mapped', 'mappedHex', 'capitals', 'full', 'zone'))
  .map(([bytes, form]) => {
    const text = addressText(bytes);
    if (bytes.length === 4) {
      const [a, b, c, d] = bytes as [number, number, number, number];
      if (form === 'mapped') return { text: `::ffff:${text}`, plain: text };
      if (form === 'mappedHex') return { text: `::FFFF:${hex(a, b)}:${hex(c, d)}`, plain: text };
      return { text, plain: text };
    }
    const groups = Array.from({ length: 8 }, (_, index) => hex(bytes[2 * index]!, bytes[2 * index + 1]!));
    if (form === 'capitals') return { text: text.toUpperCase(), plain: text };
    if (form === 'full') return { text: groups.join(':'), plain: groups.join(':') };
    return { text: form === 'zone' ? `${text}%eth0` : text, plain: text };
  });

describe('the subnet of an address', () => {
  it('is the one that a naive search finds, over IPv4, IPv6 and IPv4 mapped into IPv6', () => {
    let hits = 0;
    const property = fc.property(
      fc.uniqueArray(subnet, { maxLength: 40 }),
      fc.array(address, { minLength: 1, maxLength: 20 }),
      (subnets, addresses) => {
        const sites = new Map(subnets.map((text, index) => [text, index % 3 === 0 ? undefined : site(text)]));
        const index = SiteIndex.of([...sites].map(([text, known]) => ({ text, site: known })));
        for (const { text, plain } of addresses) {
          const place = longestPrefix(subnets, plain);
          const expected = place === undefined ? undefined : subnets[place];
          const found = index.siteOf(text);
          expect(found.subnet, text).to.equal(expected);
          expect(found.site).to.equal(expected === undefined ? undefined : sites.get(expected));
          if (found.subnet !== undefined) hits++;
        }
      },
    );
    fc.assert(property, { numRuns: RUNS });
    // Otherwise it would have compared nothing with nothing.
    expect(hits).to.be.above(RUNS);
  });

  it('after a change is the one of an index that was made with it', () => {
    const change = fc.tuple(subnet, fc.constantFrom('gone', 'none', 'site'));
    const property = fc.property(
      fc.uniqueArray(subnet, { maxLength: 20 }),
      fc.array(change, { maxLength: 8 }),
      fc.array(address, { minLength: 1, maxLength: 10 }),
      (subnets, changes, addresses) => {
        const known = new Map(subnets.map((text) => [text, site(text)]));
        const made = changes.map(([text, what]) => [text, what === 'site' ? site(`new ${text}`) : what] as const);
        const wanted = new Map(made.map(([text, what]) => [text, what === 'none' ? undefined : what]));
        const before = SiteIndex.of([...known].map(([text, one]) => ({ text, site: one })));
        const reasons = addresses.map(({ text }) => before.siteOf(text).reason);
        const after = before.with(wanted);
        const all = new Map<string, ReturnType<typeof site> | undefined>(known);
        for (const [text, what] of wanted) {
          if (what === 'gone') all.delete(text);
          else all.set(text, what);
        }
        for (const { text, plain } of addresses) {
          const place = longestPrefix([...all.keys()], plain);
          const expected = place === undefined ? undefined : [...all.keys()][place];
          expect(after.siteOf(text).subnet).to.equal(expected);
          expect(after.siteOf(text).site?.name).to.equal(expected === undefined ? undefined : all.get(expected)?.name);
        }
        // Nothing of the index that was asked is altered.
        expect(addresses.map(({ text }) => before.siteOf(text).reason)).to.deep.equal(reasons);
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  it('is looked for among the bits that the naive search reads right', () => {
    expect(bitsOf('128.0.0.1')).to.equal(`1${'0'.repeat(30)}1`);
    expect(bitsOf('::ffff:128.0.0.1')).to.equal(bitsOf('128.0.0.1'));
    expect(bitsOf('8000::1')).to.equal(`1${'0'.repeat(126)}1`);
    expect(bitsOf('nothing')).to.equal(undefined);
  });
});

const guids = new Map<string, ReturnType<typeof newGuid>>();
function site(name: string) {
  const guid = guids.get(name) ?? newGuid();
  guids.set(name, guid);
  return { guid, name };
}

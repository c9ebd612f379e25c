import { expect } from 'chai';
import fc from 'fast-check';
import { addressBytes, addressText, parseNetwork, SubnetFault } from '../../models/sites/address.ts';
import { PrefixTable } from '../../models/sites/prefixTable.ts';

/** How one would do it by hand: look at every subnet, keep the longest that contains the address. */
function naive(subnets: readonly { bits: string; name: number }[], address: string): number | undefined {
  let best: { bits: string; name: number } | undefined;
  for (const subnet of subnets) {
    if (address.startsWith(subnet.bits) && (best === undefined || subnet.bits.length > best.bits.length)) best = subnet;
  }
  return best?.name;
}

const bitsOf = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');

describe('the longest prefix', () => {
  for (const length of [4, 16]) {
    it(`is the one a naive search finds, for addresses of ${length} bytes`, () => {
      // Few different bytes, so that prefixes overlap and addresses hit them.
      const bytes = fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: length, maxLength: length });
      const subnet = fc.tuple(bytes, fc.integer({ min: 0, max: length * 8 }));
      const property = fc.property(
        fc.array(subnet, { maxLength: 40 }),
        fc.array(bytes, { minLength: 1, maxLength: 20 }),
        (subnets, addresses) => {
          const trie = new PrefixTable<number>();
          subnets.forEach(([network, prefix], name) => trie.add(network, prefix, name));
          const listed = subnets.map(([network, prefix], name) => ({ bits: bitsOf(network).slice(0, prefix), name }));
          for (const address of addresses) expect(trie.find(address)).to.equal(naive(listed, bitsOf(address)));
        },
      );
      fc.assert(property, { numRuns: 300 });
    });
  }
});

describe('addresses', () => {
  it('are read in one way only, and mapped IPv4 is IPv4', () => {
    expect(addressBytes('10.1.2.3')).to.deep.equal([10, 1, 2, 3]);
    expect(addressBytes(' ::FFFF:10.1.2.3 ')).to.deep.equal([10, 1, 2, 3]);
    expect(addressBytes('::ffff:a01:203')).to.deep.equal([10, 1, 2, 3]);
    expect(addressBytes('fe80::1%eth0')).to.deep.equal(addressBytes('fe80::1'));
    for (const text of [
      '',
      '10.1',
      '010.1.2.3',
      '0x0a.1.2.3',
      '167838211',
      '10.1.2.256',
      'x',
      '1::2::3',
      '10.1.2.3/8',
      '10.1.2.',
      '.10.1.2',
      '10..1.2',
      '1.2.3.4.5',
      '1.2.3.4.',
      '00.1.2.3',
      '10.1.2.03',
      '1.2.3.1000',
      '1.2.3.-4',
      '1.2. 3.4',
      '١.2.3.4',
    ]) {
      expect(addressBytes(text), text).to.equal(undefined);
    }
  });

  it('of IPv4 are four numbers up to 255 without leading zeros, and nothing else is', () => {
    const part = fc.oneof(
      fc.nat(300).map(String),
      fc.constantFrom('', '0', '00', '01', '255', '256', '1000', 'a', '+1', ' '),
    );
    const property = fc.property(fc.array(part, { minLength: 2, maxLength: 6 }), (parts) => {
      const isAddress = parts.length === 4 && parts.every((text) => /^(0|[1-9]\d*)$/.test(text) && Number(text) <= 255);
      const text = parts.join('.');
      // Blanks around an address do not count.
      if (text === text.trim())
        expect(addressBytes(text), text).to.deep.equal(isAddress ? parts.map(Number) : undefined);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('are written as they were read', () => {
    const ipv4 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    const ipv6 = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 16, maxLength: 16 });
    const isMapped = (bytes: number[]): boolean =>
      bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
    const property = fc.property(
      fc.oneof(
        ipv4,
        ipv6.filter((bytes) => !isMapped(bytes)),
      ),
      (bytes) => {
        expect(addressBytes(addressText(bytes))).to.deep.equal(bytes);
      },
    );
    fc.assert(property);
  });
});

describe('subnets', () => {
  it('are read with a prefix length or a mask', () => {
    const read = (text: string): string => {
      const { network, prefixLength } = parseNetwork(text);
      return `${network}/${prefixLength}`;
    };
    expect(read('10.1.0.0/16')).to.equal('10.1.0.0/16');
    expect(read(' 10.1.0.0 / 255.255.0.0 ')).to.equal('10.1.0.0/16');
    expect(read('10.1.2.3/32')).to.equal('10.1.2.3/32');
    expect(read('0.0.0.0/0')).to.equal('0.0.0.0/0');
    expect(read('2001:DB8:0:0::/32')).to.equal('2001:db8::/32');
    expect(read('::/0')).to.equal('::/0');
    expect(read('::ffff:10.0.0.0/104')).to.equal('10.0.0.0/8');
  });

  it('say what is wrong with them', () => {
    const faultOf = (text: string): string => {
      try {
        parseNetwork(text);
      } catch (error) {
        if (error instanceof SubnetFault) return error.message;
      }
      return 'none';
    };
    expect(faultOf('10.1.0.0')).to.equal('Enter a subnet with its prefix, such as 10.1.0.0/16 or 2001:db8::/32.');
    expect(faultOf('10.1.0/16')).to.equal('10.1.0 is not an address.');
    expect(faultOf('10.1.2.3/16')).to.equal(
      'The address has bits behind the prefix: 10.1.0.0/16 is the subnet it lies in.',
    );
    expect(faultOf('10.0.0.0/33')).to.equal('/33 is not a prefix length of such an address.');
    expect(faultOf('10.0.0.0/255.0.255.0')).to.equal('/255.0.255.0 is not a prefix length of such an address.');
    expect(faultOf('2001:db8::/129')).to.equal('/129 is not a prefix length of such an address.');
    expect(faultOf('2001:db8::/255.0.0.0')).to.equal('/255.0.0.0 is not a prefix length of such an address.');
    expect(faultOf('::ffff:10.0.0.0/8')).to.equal('A subnet of mapped IPv4 addresses begins at /96.');
    expect(faultOf('10.0.0.0/')).to.equal('/ is not a prefix length of such an address.');
    expect(faultOf('10.0.0.0/-1')).to.equal('/-1 is not a prefix length of such an address.');
  });
});

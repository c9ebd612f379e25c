import { parse } from 'node:querystring';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseQuery } from '../../routes/agent/query.ts';

describe('the query of an agent page', () => {
  it('has its parameters by lower-case name, the first of a name, with + as a space', () => {
    const query = parseQuery('XML=%3Ca+b%3D%22%C3%A4%22%2F%3E&xml=second&Hash=AB%2BCD&&flag&empty=');
    expect([...query]).to.deep.equal([
      ['xml', '<a b="ä"/>'],
      ['hash', 'AB+CD'],
      ['flag', ''],
      ['empty', ''],
    ]);
    expect(parseQuery('').size).to.equal(0);
  });

  it('leaves as it is what is no valid escape', () => {
    expect(parseQuery('a=100%&b=%zz+1').get('a')).to.equal('100%');
    expect(parseQuery('a=100%&b=%zz+1').get('b')).to.equal('%zz 1');
    expect(() => parseQuery('%=%ff%fe&=%')).to.not.throw();
  });

  it('reads what node:querystring reads, whatever it is', () => {
    const piece = fc.stringMatching(/^[A-Za-z0-9%+=&.<>"{}-]{0,12}$/);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const search = pieces.join('&');
        const expected = parse(search);
        const names = Object.keys(expected);
        const found = parseQuery(search);
        expect(new Set(found.keys())).to.deep.equal(new Set(names.map((name) => name.toLowerCase())));
        for (const name of names) {
          // Of several spellings of a name, the first in the text counts; the object does not tell which that was.
          if (names.filter((other) => other.toLowerCase() === name.toLowerCase()).length > 1) continue;
          expect(found.get(name.toLowerCase())).to.equal([expected[name]!].flat()[0]);
        }
      }),
    );
  });
});

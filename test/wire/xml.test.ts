import { expect } from 'chai';
import fc from 'fast-check';
import { escapeXml, parseXml, requestLimits, xml, XmlError } from '../../wire/xml.ts';

const runs = Number(process.env.FUZZ_RUNS ?? 300);

describe('reading XML', () => {
  it('reads elements, attributes, text and CDATA', () => {
    const root = parseXml('<?xml version="1.0"?>\n<!-- c --><a b="1 &amp; 2"><c>x<![CDATA[<y>]]></c><d/></a>');
    expect(root.name).to.equal('a');
    expect(root.attributes.b).to.equal('1 & 2');
    expect(root.children.map((child) => child.name)).to.deep.equal(['c', 'd']);
    expect(root.children[0]!.text).to.equal('x<y>');
  });

  it('skips a byte order mark', () => {
    expect(parseXml('\uFEFF<a/>').name).to.equal('a');
  });

  for (const [what, text] of [
    ['nothing at all', ''],
    ['plain text', 'hello'],
    ['an unclosed element', '<a><b></a>'],
    ['two roots', '<a/><b/>'],
    ['an attribute given twice', '<a b="1" b="2"/>'],
    ['an unknown entity', '<a>&xxe;</a>'],
    ['a control character', '<a>\u0003</a>'],
    ['text after the root', '<a/>x'],
  ] as const) {
    it(`refuses ${what}`, () => {
      expect(() => parseXml(text)).to.throw(XmlError);
    });
  }

  it('refuses a doctype, so no entity can be declared', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><a>&z;</a>';
    expect(() => parseXml(bomb)).to.throw(XmlError, 'document type declaration');
    expect(() => parseXml('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).to.throw(XmlError);
  });

  it('refuses 100,000 nested elements before it has built them', () => {
    expect(() => parseXml('<a>'.repeat(100_000))).to.throw(XmlError, 'nested');
  });

  it('refuses too many attributes, elements and too long text', () => {
    const attributes = Array.from({ length: 100 }, (_, index) => `a${index}=""`).join(' ');
    expect(() => parseXml(`<a ${attributes}/>`)).to.throw(XmlError, 'attributes');
    expect(() => parseXml(`<a>${'<b/>'.repeat(requestLimits.maxElements)}</a>`)).to.throw(XmlError, 'elements');
    expect(() => parseXml(`<a>${'x'.repeat(requestLimits.maxText + 1)}</a>`)).to.throw(XmlError, 'too long');
  });

  it('says where the mistake is', () => {
    expect(() => parseXml('<a>\n  <b>\n</a>')).to.throw(/line 3/);
  });
});

describe('writing XML', () => {
  it('escapes what is interpolated, but not nested results', () => {
    const inner = xml`<b c="${'"<&>\''}"/>`;
    expect(xml`<a>${inner}${[inner]}${null}${1}</a>`.text).to.equal(
      '<a><b c="&quot;&lt;&amp;&gt;&apos;"/><b c="&quot;&lt;&amp;&gt;&apos;"/>1</a>',
    );
  });

  it('writes any text so that it is read back, less the characters that XML cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        const root = parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`);
        const kept = root.attributes.b!;
        expect(root.text).to.equal(kept);

        expect(kept).to.equal(
          text
            .toWellFormed()
            .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '')
            .replace(/\uFFFD/g, (c) => (text.includes(c) ? c : '')),
        );
      }),
      { numRuns: runs },
    );
  });
});

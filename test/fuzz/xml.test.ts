/** The XML readers under whatever comes: the quick one agrees with the strict one, and both end. */
import { expect } from 'chai';
import fc from 'fast-check';
import { openXmlReader, parseXml, readXml, XmlError, type XmlHandlers, type XmlLimits } from '../../wire/xml.ts';
import type { XmlAttributes } from '../../wire/xmlAttributes.ts';
import { scanXml } from '../../wire/xmlScan.ts';
import { anyDocument, element, FUZZ_RUNS, FUZZ_TIMEOUT, mutatedSample, SAMPLES } from './documents.ts';

const LIMITS: XmlLimits = { maxDepth: 16, maxElements: 200, maxAttributes: 12, maxText: 300 };
const WIDE: XmlLimits = { maxDepth: 1000, maxElements: 1e6, maxAttributes: 1000, maxText: 1e6 };

/** Writes down what a reader tells, texts that follow one another as one. */
class Recorder implements XmlHandlers {
  readonly heard: unknown[] = [];
  calls = 0;

  open(name: string, attributes: XmlAttributes, depth: number): void {
    this.calls++;
    const pairs = attributes.names.slice(0, attributes.count).map((each, index) => [each, attributes.values[index]]);
    this.heard.push(['open', name, depth, pairs]);
  }

  text(chunk: string): void {
    this.calls++;
    const last = this.heard.at(-1);
    if (typeof last === 'string') this.heard[this.heard.length - 1] = last + chunk;
    else if (chunk !== '') this.heard.push(chunk);
  }

  close(name: string, depth: number): void {
    this.calls++;
    this.heard.push(['close', name, depth]);
  }
}

/** What the strict reader tells; `undefined` when it refuses. */
function strictly(text: string, limits: XmlLimits): Recorder | undefined {
  const recorder = new Recorder();
  try {
    readXml([text], recorder, limits);
    return recorder;
  } catch (error) {
    if (error instanceof XmlError) return undefined;
    throw error;
  }
}

describe('the XML readers', function () {
  this.timeout(FUZZ_TIMEOUT);

  for (const [what, limits] of [
    ['wide', WIDE],
    ['narrow', LIMITS],
  ] as const) {
    it(`agree on every document that the quick one takes, within ${what} limits`, () => {
      let taken = 0;
      fc.assert(
        fc.property(anyDocument, (text) => {
          const quick = new Recorder();
          if (!scanXml(text, quick, limits)) return;
          taken++;
          const strict = strictly(text, limits);
          expect(strict, 'the strict reader refuses it').to.not.equal(undefined);
          expect(quick.heard).to.deep.equal(strict!.heard);
        }),
        { numRuns: FUZZ_RUNS },
      );
      expect(taken, 'documents that the quick one took').to.be.greaterThan(FUZZ_RUNS / 20);
    });
  }

  for (const text of [
    ...[
      '',
      ' ',
      'x',
      '<a>',
      '</a>',
      '<a></b>',
      '<a/><b/>',
      '<a/>x',
      'x<a/>',
      '<a/></a>',
      '<1/>',
      '<a/ >',
      '< a/>',
      '<a',
    ],
    ...[
      '<a b="" b=""/>',
      '<a b="" c="" b=""/>',
      '<a b=""c=""/>',
      '<a b/>',
      '<a b=x/>',
      '<a b="<"/>',
      '<a b="/>',
      '<a "b"/>',
    ],
    ...['<a>]]></a>', '<a>&x;</a>', '<a>&amp</a>', '<a>& </a>', '<a>&#0;</a>', '<a>&#x110000;</a>', '<a>&#xD800;</a>'],
    ...['<a>\u0003</a>', '<a b="\u0003"/>', '<a>\uFFFF</a>', '<a>\uD800</a>', '<a>\uDC00</a>', '<a b="\uD800x"/>'],
    ...['<a><!-- -- --></a>', '<a><!--></a>', '<a><!-</a>', '<!DOCTYPE a><a/>', '<a><?xml version="1.0"?></a>'],
    ...[
      '<?xml version="1.1"?><a/>',
      ' <?xml version="1.0"?><a/>',
      '<?xml?><a/>',
      '<?xml version="1.0" encoding="1"?><a/>',
    ],
  ]) {
    it(`leave ${JSON.stringify(text)} to the strict one`, () => {
      expect(scanXml(text, new Recorder(), WIDE)).to.equal(false);
    });
  }

  it('let the quick one take all recorded messages', () => {
    for (const text of SAMPLES) expect(scanXml(text, new Recorder(), WIDE), text.slice(0, 200)).to.equal(true);
  });

  it('end after at most three calls a character, and never with anything but XmlError', () => {
    fc.assert(
      fc.property(anyDocument, (text) => {
        const quick = new Recorder();
        scanXml(text, quick, WIDE);
        const strict = new Recorder();
        try {
          readXml([text], strict, WIDE);
        } catch (error) {
          expect(error).to.be.instanceOf(XmlError);
        }
        expect(Math.max(quick.calls, strict.calls)).to.be.at.most(3 * text.length + 3);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('read the same from pieces as from the whole', () => {
    fc.assert(
      fc.property(fc.oneof(element, mutatedSample), fc.array(fc.nat(400), { maxLength: 8 }), (text, cuts) => {
        const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        const recorder = new Recorder();
        const whole = strictly(text, WIDE);
        const reader = openXmlReader(recorder, WIDE);
        try {
          for (const piece of pieces) reader.write(piece);
          reader.close();
        } catch (error) {
          expect(error).to.be.instanceOf(XmlError);
          expect(whole).to.equal(undefined);
          return;
        }
        expect(recorder.heard).to.deep.equal(whole?.heard);
      }),
      { numRuns: FUZZ_RUNS },
    );
  });

  it('build a tree or refuse, and take no attribute for a property of its own', () => {
    fc.assert(
      fc.property(anyDocument, (text) => {
        try {
          expect(parseXml(text, WIDE).name).to.not.equal('');
        } catch (error) {
          expect(error).to.be.instanceOf(XmlError);
        }
      }),
      { numRuns: FUZZ_RUNS },
    );
    expect(parseXml('<a __proto__="x"/>').attributes['__proto__']).to.equal('x');
    expect(parseXml('<a/>').attributes.constructor).to.equal(undefined);
  });
});

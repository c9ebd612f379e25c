/** Documents for the fuzzers: arbitrary ones, and the recorded samples with something done to them. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = new URL('../fixtures/protocol/', import.meta.url);

/** Every recorded message of the contract. */
export const SAMPLES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.xml'))
  .sort()
  .map((name) => readFileSync(fileURLToPath(new URL(name, FOLDER)), 'utf8'));

/** Few in CI, many in `npm run test:long`. */
export const FUZZ_RUNS = Number(process.env.FUZZ_RUNS ?? 300);
/** Milliseconds: a slow disk and two busy cores must not end the long run. */
export const FUZZ_TIMEOUT = 120_000 + FUZZ_RUNS * 100;

const NAMES = [
  ...['message', 'to', 'msgId', 'time', 'priority', 'from', 'body', 'inventory', 'resources', 'resource', 'key'],
  ...['inventoryClass', 'InventoryClass', 'InventoryClasses', 'dataClass', 'data', 'row', 'XmlData', 'xml'],
  ...['s:Schema', 's:AttributeType', 'rs:data', 'rs:delete', 'rs:original', 'rs:update', 'z:row'],
  ...['resourceAssociations', 'resourceAssociation', '__proto__', 'constructor', 'é'],
];
const ATTRIBUTES = [
  ...['guid', 'name', 'ref', 'resourceRef', 'resourceGuid', 'typeGuid', 'value', 'partialUpdate', 'rs:name'],
  ...['parentResourceRef', 'childResourceGuid', 'c0', 'c1', 'c00', 'c511', 'c512', 'c99999', 'C2', 'c', '__proto__'],
];
const VALUES = [
  ...['', '0', '1', 'true', 'c0', 'c1', '{0f6c1d52-8a3b-4c1e-9d55-2f1d2b3c4d5e}', '{0f6c1d52}', '20300107085013-120'],
  ...['&amp;', '&#65;', '&#x3;', '&#0;', '&#xD800;', '&#x110000;', '&bad;', '\t\r\n', '\u0003', '\uD800', '😀', ']]>'],
];

const attribute = fc.tuple(fc.constantFrom(...ATTRIBUTES), fc.oneof(fc.constantFrom(...VALUES), fc.string()));

/** Elements that mean something, nested at random; well-formed unless a value is not. */
export const element: fc.Arbitrary<string> = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom(...NAMES),
      fc.uniqueArray(attribute, { maxLength: 4, selector: ([name]) => name }),
      fc.array(
        fc.oneof({ depthSize: 'small' }, fc.constantFrom(...VALUES), fc.string({ maxLength: 5 }), tie('element')),
        {
          maxLength: 4,
        },
      ),
    )
    .map(([name, attributes, children]) => {
      const written = attributes.map(([key, value]) => ` ${key}="${value.replace(/[<"]/g, '')}"`).join('');
      const inner = children.map((child) => (/^<[^>]*>/.test(child) ? child : child.replaceAll('<', ''))).join('');
      return inner === '' ? `<${name}${written}/>` : `<${name}${written}>${inner}</${name}>`;
    }),
})).element;

const often = (usual: string, ...others: string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3 * others.length, arbitrary: fc.constant(usual) },
    { weight: others.length, arbitrary: fc.constantFrom(...others) },
  );

/** Small documents at the edge of what is well-formed, and at the edges of the limits that tests set. */
export const edgeCase: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.array(
        fc.tuple(
          often(' ', '', '\n', '/'),
          often('a', 'b', 'a:b', 'é', '1'),
          often('=', ' = ', ''),
          often('""', "''", '"x"', '"a\r\nb"', "'\"'", '"<"', 'x', '"&#x9;"', '"]]>"'),
        ),
        { maxLength: 4 },
      ),
      often('/>', '></e>', ' ></e >', '>]]</e>', '>]]></e>', '></f>', '>', '></e></e>', '/><e/>', '/>x'),
    )
    .map(([attributes, end]) => `<e${attributes.map((parts) => parts.join('')).join('')}${end}`),
  fc.integer({ min: 1, max: 40 }).map((depth) => '<a>'.repeat(depth) + '</a>'.repeat(depth)),
  fc.integer({ min: 190, max: 210 }).map((count) => `<a>${'<b/>'.repeat(count)}</a>`),
  fc
    .integer({ min: 8, max: 16 })
    .map((count) => `<a ${Array.from({ length: count }, (_, each) => `a${each}=""`).join(' ')}/>`),
  fc.integer({ min: 295, max: 305 }).map((length) => `<a b="${'x'.repeat(length)}"/>`),
  fc.integer({ min: 145, max: 155 }).map((length) => `<a>${'x'.repeat(length)}<b/>${'x'.repeat(length)}</a>`),
);

/** What breaks readers when it stands where nobody expects it. */
const TOKENS = [
  ...[
    '<',
    '>',
    '/',
    '/>',
    '"',
    "'",
    '&',
    ';',
    '=',
    ' ',
    '\r\n',
    '\t',
    '\u0000',
    '\u0003',
    '\uFEFF',
    '\uFFFF',
    '\uD800',
  ],
  ...['<!--', '-->', '--', '<![CDATA[', ']]>', ']]', '<?', '?>', '<?xml version="1.1"?>', '<?xml version="1.0"?>'],
  ...[
    '<!DOCTYPE a>',
    '<!ENTITY',
    '&lt;',
    '&#0;',
    '&#x3c;',
    '&xxe;',
    '<a>',
    '</a>',
    '<a/>',
    '</',
    '<row c0="x"/>',
    '😀',
    'é',
  ],
  ...VALUES,
];

type Edit = (text: string) => string;
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (text: string, where: number): number => Math.floor(where * text.length);

const edit: fc.Arbitrary<Edit> = fc.oneof(
  // Puts something in.
  fc.tuple(place, fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 3 }))).map(([where, token]): Edit => {
    return (text) => text.slice(0, at(text, where)) + token + text.slice(at(text, where));
  }),
  // Takes something out.
  fc.tuple(place, fc.nat(60)).map(([where, length]): Edit => {
    return (text) => text.slice(0, at(text, where)) + text.slice(at(text, where) + length);
  }),
  // Says something again elsewhere.
  fc.tuple(place, place, fc.nat(200)).map(([from, where, length]): Edit => {
    return (text) =>
      text.slice(0, at(text, where)) +
      text.slice(at(text, from), at(text, from) + length) +
      text.slice(at(text, where));
  }),
  // Changes one character.
  fc.tuple(place, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 })).map(([where, put]): Edit => {
    return (text) => text.slice(0, at(text, where)) + put + text.slice(at(text, where) + 1);
  }),
  // Ends early.
  place.map(
    (where): Edit =>
      (text) =>
        text.slice(0, at(text, where)),
  ),
);

/** A sample with a few edits. */
export const mutatedSample: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...SAMPLES), fc.array(edit, { minLength: 1, maxLength: 4 }))
  .map(([text, edits]) => edits.reduce((changed, change) => change(changed), text));

export const anyDocument: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: mutatedSample },
  { weight: 3, arbitrary: element },
  { weight: 3, arbitrary: edgeCase },
  { weight: 2, arbitrary: element.map((inner) => `<message><to>x</to><body>${inner}</body></message>`) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...TOKENS), { maxLength: 30 }).map((parts) => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
);

const swapped = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length & ~1).swap16();

/** The same as bytes, in an encoding, perhaps with some of them spoilt. */
export const anyBody: fc.Arbitrary<Buffer> = fc
  .tuple(
    anyDocument,
    fc.constantFrom(
      (text: string) => Buffer.from(text),
      (text: string) => Buffer.from(`\uFEFF${text}`),
      (text: string) => Buffer.from(text, 'utf16le'),
      (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
      (text: string) => swapped(Buffer.from(`\uFEFF${text}`, 'utf16le')),
      (text: string) => Buffer.from(text, 'latin1'),
    ),
    fc.array(fc.tuple(place, fc.integer({ min: 0, max: 255 })), { maxLength: 2 }),
  )
  .map(([text, encode, spoilt]) => {
    const bytes = encode(text);
    for (const [where, value] of spoilt) if (bytes.length > 0) bytes[Math.floor(where * (bytes.length - 1))] = value;
    return bytes;
  });

/**
 * Subnets as a file that a spreadsheet writes: commas, semicolons or tabs, quotes, with or without a first line of
 * headings, the mask in the subnet (10.1.0.0/16) or in a column of its own (10.0.0.0;255.255.0.0).
 */

export interface CsvLine {
  /** The first is 1, as editors count them. */
  number: number;
  /** The line as it stands there, cut. */
  text: string;
  subnet: string;
  name: string;
  site: string;
}

export interface CsvFault {
  number: number;
  text: string;
  reason: string;
}

type Column = 'subnet' | 'mask' | 'site' | 'name';

const HEADINGS: Readonly<Record<string, Column>> = {
  subnet: 'subnet',
  network: 'subnet',
  'network/cidr': 'subnet',
  cidr: 'subnet',
  address: 'subnet',
  mask: 'mask',
  netmask: 'mask',
  'subnet mask': 'mask',
  prefix: 'mask',
  'prefix length': 'mask',
  site: 'site',
  name: 'name',
};

const MOST_SHOWN = 120;

/**
 * Lines that are empty are passed over. What cannot be read as a table is told by line. Reading ends after `most` lines
 * with text, and `isMore` tells that there are others: a million of them would take the memory of the server.
 */
export function readSubnetCsv(
  file: string,
  most = Infinity,
): { lines: CsvLine[]; faults: CsvFault[]; isMore: boolean } {
  const text = file.replace(/^\uFEFF/, '');
  // One more than can be headings and lines.
  const filled = recordsOf(text, separatorOf(text), most + 2);
  const lines: CsvLine[] = [];
  const faults: CsvFault[] = [];
  const headings = filled[0] === undefined ? undefined : headingsOf(filled[0].fields);
  for (const { number, raw, fields, isOpen } of headings === undefined ? filled : filled.slice(1)) {
    const shown = raw.length > MOST_SHOWN ? `${raw.slice(0, MOST_SHOWN)}…` : raw;
    if (isOpen) faults.push({ number, text: shown, reason: 'A quotation mark is not closed.' });
    else lines.push({ number, text: shown, ...valuesOf(fields, headings) });
  }
  return { lines, faults, isMore: lines.length > most };
}

/** The separator that the first line with text has most of. */
function separatorOf(text: string): string {
  const first = /^.*\S.*$/m.exec(text)?.[0] ?? '';
  const counts = [',', ';', '\t'].map((separator) => [separator, first.split(separator).length] as const);
  return counts.reduce((most, other) => (other[1] > most[1] ? other : most))[0];
}

interface CsvRecord {
  number: number;
  raw: string;
  fields: string[];
  /** The file ends inside quotes. */
  isOpen: boolean;
}

/** RFC 4180: fields in quotes may hold separators and line ends, a quote in them is doubled. Empty ones are left out. */
function recordsOf(text: string, separator: string, most: number): CsvRecord[] {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let field = '';
  let isQuoted = false;
  let [number, line, begin] = [1, 1, 0];
  const end = (at: number, isOpen: boolean): void => {
    fields.push(field);
    if (fields.some((one) => one.trim() !== ''))
      records.push({ number, raw: text.slice(begin, at).trimEnd(), fields, isOpen });
    [fields, field] = [[], ''];
  };
  for (let at = 0; at < text.length && records.length < most; at++) {
    const character = text[at]!;
    if (character === '\n') line++;
    if (isQuoted) {
      if (character !== '"') field += character;
      else if (text[at + 1] === '"') field += text[++at];
      else isQuoted = false;
    } else if (character === '"' && field.trim() === '') {
      isQuoted = true;
      field = '';
    } else if (character === separator) {
      fields.push(field);
      field = '';
    } else if (character === '\n') {
      end(at, false);
      [number, begin] = [line, at + 1];
    } else field += character;
  }
  if (begin < text.length && records.length < most) end(text.length, isQuoted);
  return records;
}

function headingsOf(fields: readonly string[]): (Column | undefined)[] | undefined {
  const columns = fields.map((field) => HEADINGS[field.trim().toLowerCase()]);
  return columns.includes('subnet') ? columns : undefined;
}

/** Without headings: subnet, mask if there is one, site, name. */
function valuesOf(fields: readonly string[], headings: readonly (Column | undefined)[] | undefined) {
  const cells = fields.map(plain);
  const hasMask = !cells[0]!.includes('/') && MASK.test(cells[1] ?? '');
  const columns = headings ?? (hasMask ? ['subnet', 'mask', 'site', 'name'] : ['subnet', 'site', 'name']);
  const cell = (column: Column): string => {
    const index = columns.indexOf(column);
    return index === -1 ? '' : (cells[index] ?? '');
  };
  const [network, mask] = [cell('subnet'), cell('mask').replace(/^\//, '')];
  const subnet = mask !== '' && !network.includes('/') ? `${network}/${mask}` : network;
  return { subnet, site: cell('site'), name: cell('name') };
}

const MASK = /^(\/?\d{1,3}|\d{1,3}(\.\d{1,3}){3})$/;

/** Takes away the apostrophe that an export puts before what a spreadsheet would take for a formula. */
const plain = (field: string): string => field.trim().replace(/^'(?='*[=+\-@\t\r\n])/, '');

const HARMLESS_HEAD = '\uFEFFSubnet,Name,Site,Source\r\n';

/** A file that an import takes as it is: with a byte order mark, so that spreadsheet programs read UTF-8. */
export function writeSubnetCsv(
  rows: readonly { Network: string; PrefixLength: number; Name: string; SiteName: string | null; Source: string }[],
): string {
  const lines = rows.map((row) =>
    [`${row.Network}/${row.PrefixLength}`, row.Name, row.SiteName ?? '', row.Source].map(csvText).join(','),
  );
  return `${HARMLESS_HEAD}${lines.map((line) => `${line}\r\n`).join('')}`;
}

/** What a spreadsheet would take for a formula gets an apostrophe, also where one is already. */
function csvText(value: string): string {
  const harmless = /^'*[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",;\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

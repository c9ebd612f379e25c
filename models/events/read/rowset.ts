/**
 * Form B, the rowset that collectors write (events-nse.md 3.4): a schema names the attributes of the rows, in the order
 * of the columns, and what each column is called. Prefixes are bound by the document, so only local names count.
 */
import type { XmlAttributes } from '../../../wire/xmlAttributes.ts';
import type { NseBlock, NseRow } from '../nseEvent.ts';
import { MAX_COLUMNS, positionOf } from './positions.ts';

export class Rowset {
  readonly #positions = new Map<string, number>();
  /** Lent to the blocks of the schema: a document may hold as many blocks as it has bytes for. */
  #names: string[] = [];
  /** Depth inside of what was deleted or replaced: such rows say what was, not what is. */
  #past = 0;

  /** True when the element is a part of a rowset's frame, which carries no data by itself. */
  open(local: string, attributes: XmlAttributes): boolean {
    if (local === 'AttributeType') this.#addColumn(attributes);
    else if (local === 'Schema') this.#begin();
    else if (isPast(local)) this.#past++;
    else return false;
    return true;
  }

  close(local: string): void {
    if (isPast(local) && this.#past > 0) this.#past--;
  }

  #begin(): void {
    this.#positions.clear();
    this.#names = [];
  }

  #addColumn(attributes: XmlAttributes): void {
    const name = attributes.get('name');
    if (name === undefined || this.#names.length >= MAX_COLUMNS) return;
    this.#positions.set(name, this.#names.length);
    this.#names.push((attributes.get('rs:name') ?? name).trim());
  }

  /** The row that a `z:row` holds; `undefined` for one that is past. */
  row(attributes: XmlAttributes): NseRow | undefined {
    if (this.#past > 0) return undefined;
    const row: NseRow = [];
    for (let index = 0; index < attributes.count; index++) {
      const name = attributes.names[index]!;
      const position = this.#positions.size === 0 ? positionOf(name) : this.#positions.get(name);
      if (position !== undefined) row[position] = attributes.values[index];
    }
    return row;
  }

  get columns(): string[] | undefined {
    return this.#names.length === 0 ? undefined : this.#names;
  }
}

const isPast = (local: string): boolean => local === 'delete' || local === 'original';

/**
 * The rows of a block in the order of a class's columns (`names`; a hole has no column). Values whose column the event
 * calls by a name that the class has go there. When the class has none of the names they go by position; when it has
 * some, values under other names would land anywhere and are left out, which is flagged.
 */
export function rowsByName(
  block: Pick<NseBlock, 'rows' | 'columns' | 'className'>,
  names: readonly (string | undefined)[],
  flags: Set<string>,
): NseRow[] {
  const { rows, columns } = block;
  if (columns === undefined) return rows;
  const places = new Map<string, number>();
  names.forEach((name, position) => name !== undefined && places.set(plain(name), position));
  const targets = columns.map((column) => places.get(plain(column)));
  if (targets.every((target) => target === undefined)) return rows;
  const unknown = new Set<string>();
  const ordered = rows.map((row) => {
    const placed: NseRow = [];
    row.forEach((value, position) => {
      const target = targets[position];
      if (target !== undefined) placed[target] = value;
      else unknown.add(`"${columns[position]!.slice(0, 60)}"`);
    });
    return placed;
  });
  if (unknown.size > 0)
    flags.add(`${block.className.slice(0, 100)} has no column ${someOf(unknown)}; values left out.`);
  return ordered;
}

const NAMED = 5;

function someOf(names: ReadonlySet<string>): string {
  const more = names.size > NAMED ? ` and ${names.size - NAMED} more` : '';
  return `${[...names].slice(0, NAMED).join(', ')}${more}`;
}

/** Letter case, spaces and punctuation differ between what collectors and the CMDB call a column. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_.-]/g, '');

/** What can stand in a cell of a table or behind a term of a fact list; views/partials/cells.ejs draws it. */
import type { Guid } from '../../wire/guid.ts';
import { stateLook } from './states.ts';

export type Cell =
  | string
  | number
  | null
  | { kind: 'link'; text: string; href: string; note?: string }
  /** `detail` is a sentence for the title, for example why a package is invalid. */
  | { kind: 'state'; state: string; detail?: string }
  /** Relative in the text, exact in the title. `none` stands there when the time is null. */
  | { kind: 'time'; at: string | null; none?: string; href?: string }
  | { kind: 'bytes'; bytes: number | null }
  | { kind: 'number'; value: number | null; unit?: string; href?: string }
  | { kind: 'span'; milliseconds: number | null }
  | { kind: 'guid'; guid: Guid | null }
  /** Monospace: hashes, paths, addresses, command lines. */
  | { kind: 'code'; text: string; copy?: boolean }
  | { kind: 'progress'; done: number; total: number; unit?: string }
  /** `numeric`: a number with words or a sign around it, which stands among numbers. */
  | { kind: 'text'; text: string; note?: string; numeric?: true }
  /** A button that posts: an action on the row. `disabled` says why it cannot be used now. */
  | { kind: 'post'; label: string; href: string; disabled?: string | undefined }
  /** What can be done with the row. */
  | { kind: 'actions'; actions: readonly RowAction[] }
  /** What became what. `more`: how much is left out, and where it is. */
  | { kind: 'diff'; lines: readonly DiffLine[]; more?: { count: number; href: string } }
  /** Wraps, and is never cut. */
  | { kind: 'prose'; text: string };

/** A link to a page that asks, unless it posts at once: `post` by a form of its own, `only` in a list with ticks, whose form sends this key. */
export interface RowAction {
  label: string;
  href: string;
  post?: true;
  only?: string;
  /** The page is a question, shown in a dialog. */
  dialog?: true;
  danger?: true;
  /** Why it cannot be used now. */
  disabled?: string | undefined;
}

/** `label`: which column, or which row it is about. */
export type DiffLine =
  { kind: 'changed'; label: string; before: string; after: string } | { kind: 'added' | 'removed'; label: string };

/** What an export writes for a cell. */
export function cellValue(cell: Cell): string | number | null {
  if (cell === null || typeof cell !== 'object') return cell;
  switch (cell.kind) {
    case 'state':
      return stateLook(cell.state).label;
    case 'time':
      return cell.at;
    case 'bytes':
      return cell.bytes;
    case 'number':
      return cell.value;
    case 'span':
      return cell.milliseconds === null ? null : Math.round(cell.milliseconds / 1000);
    case 'guid':
      return cell.guid;
    case 'post':
    case 'actions':
      return null;
    case 'diff':
      return cell.lines.map(diffText).join('; ');
    case 'progress':
      return cell.total === 0 ? null : `${cell.done}/${cell.total}`;
    default:
      return cell.text;
  }
}

const diffText = (line: DiffLine): string =>
  line.kind === 'changed' ? `${line.label}: ${line.before} -> ${line.after}` : `${line.kind}: ${line.label}`;

/** Numbers stand at the right edge, under one another. */
export function isNumeric(cell: Cell): boolean {
  return (
    typeof cell === 'number' ||
    (cell !== null &&
      typeof cell === 'object' &&
      (['bytes', 'number', 'span'].includes(cell.kind) || (cell.kind === 'text' && cell.numeric === true)))
  );
}

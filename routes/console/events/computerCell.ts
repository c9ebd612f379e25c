import type { Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';

/** The sender by name, as a link; one that is gone by its GUID. */
export function computerCell(sender: Guid | null, name: string | undefined): Cell {
  if (sender === null || name === undefined) return { kind: 'guid', guid: sender };
  return { kind: 'link', text: name, href: at(`/computers/${sender}`) };
}

/** Small steps that the writers of policy bodies share. */
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';

export type AttributeValue = string | number | boolean;

// xmlbuilder2 writes these as they are, and no XML reader would accept the document.
const NOT_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g;

/** Adds a child element with attributes, cleaned of what XML cannot carry. Flags are `true` and `false`. */
export function addElement(
  parent: XMLBuilder,
  name: string,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): XMLBuilder {
  const clean = Object.entries(attributes).map(([key, value]) => [
    key,
    String(value).replace(NOT_XML, '').toWellFormed(),
  ]);
  return parent.ele(name, Object.fromEntries(clean) as Record<string, string>);
}

/** The core agent's own settings spell flags with a capital [observed, 8.8]. */
export const capital = (flag: boolean): string => (flag ? 'True' : 'False');

/** Fields of inputs whose types are known already (see fieldTypes.ts for those that forms send as text). */
import { z } from 'zod';
import { parseGuid, type Guid } from '../wire/guid.ts';
import { line, paragraph } from './fieldTypes.ts';

/** The name of an item. */
export const nameField = line(255).min(1, 'Enter a name.');

export const descriptionField = paragraph(2000).default('');

export const wholeNumber = (least: number, most: number) => {
  const message = `Enter a whole number from ${least} to ${most}.`;
  return z.int(message).min(least, message).max(most, message);
};

/** `missing` is what somebody reads who gave none, or no GUID. */
export const guidField = (missing: string) =>
  z.string(missing).transform((text, context): Guid => {
    const guid = parseGuid(text);
    if (guid !== undefined) return guid;
    context.addIssue({ code: 'custom', message: missing });
    return z.NEVER;
  });

/** Each GUID once. */
export const guidList = (most: number, message: string) =>
  z
    .array(guidField('This is not a GUID.'))
    .max(most, message)
    .transform((guids) => [...new Set(guids)]);

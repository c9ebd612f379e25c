/** Fields that inputs of several nouns share. */
import { z } from 'zod';
import { parseGuid, type Guid } from '../wire/guid.ts';
import { fieldErrors, InvalidInput } from './fieldErrors.ts';

export const wholeNumber = (least: number, most: number) =>
  z
    .int(`Enter a whole number from ${least} to ${most}.`)
    .min(least, `Enter a whole number from ${least} to ${most}.`)
    .max(most, `Enter a whole number from ${least} to ${most}.`);

/** `missing` is what somebody reads who gave none, or no GUID. */
export const guidField = (missing: string) =>
  z.string(missing).transform((text, context): Guid => {
    const guid = parseGuid(text);
    if (guid !== undefined) return guid;
    context.addIssue({ code: 'custom', message: missing });
    return z.NEVER;
  });

export const guidList = (most: number, message: string) =>
  z
    .array(guidField('This is not a GUID.'))
    .max(most, message)
    .transform((guids) => [...new Set(guids)]);

// Control characters cannot travel in XML, and a name is one line.
const PLAIN = /^[^\p{Cc}\p{Cs}]*$/u;

/** The name of an item: one line. */
export const nameField = z
  .string('Enter a name.')
  .trim()
  .min(1, 'Enter a name.')
  .max(255, 'Use at most 255 characters.')
  .regex(PLAIN, 'Use no control characters.');

export const descriptionField = z.string().trim().max(2000, 'Use at most 2000 characters.').default('');

/** The input as the schema has it. @throws InvalidInput */
export function checked<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw new InvalidInput(fieldErrors(parsed.error));
  return parsed.data;
}

/** Reading what a caller sent: unknown fields are refused by name, so that a misspelt filter never matches everything. */
import { z, type ZodError } from 'zod';
import type { FieldError } from '../../models/fieldErrors.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { invalid } from './problem.ts';

/** @throws Problem 400 with the faults by field */
export function readInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const faults = textFaults(input, '');
  if (faults.length > 0) throw invalid(faults);
  const read = schema.safeParse(input);
  if (!read.success) throw invalid(faultsOf(read.error));
  return read.data;
}

function faultsOf(error: ZodError): FieldError[] {
  return error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ field: [...issue.path, key].join('.'), message: 'There is no such field here.' }))
      : [{ field: issue.path.join('.'), message: issue.message }],
  );
}

// XML can carry neither, and what is typed here goes into the agents' documents.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function textFaults(value: unknown, field: string): FieldError[] {
  if (typeof value === 'string') {
    const isPlain = !UNPRINTABLE.test(value) && value.isWellFormed();
    return isPlain ? [] : [{ field, message: 'Control characters are not allowed.' }];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => textFaults(inner, field === '' ? key : `${field}.${key}`));
}

export const guidText = z.string('Give a GUID.').transform((text, context): Guid => {
  const guid = parseGuid(text);
  if (guid !== undefined) return guid;
  context.addIssue('Give a GUID.');
  return z.NEVER;
});

/** The parameters of `…/{guid}`. */
export const byGuid = z.strictObject({ guid: guidText });

/** A whole number as a query has it. */
export function numberText(least: number, most: number) {
  const message = `Give a whole number from ${least} to ${most}.`;
  return z
    .string(message)
    .regex(/^\d{1,15}$/, message)
    .transform(Number)
    .pipe(z.number().min(least, message).max(most, message));
}

/** An instant as a query or body has it: ISO 8601 with its zone. Answers the CMDB's form. */
export const instantText = z.iso
  .datetime({ offset: true, message: 'Give a time such as 2030-01-31T21:00:00Z.' })
  .transform((text) => new Date(text).toISOString());

const MOST_ROWS = 500;
export const paging = {
  offset: numberText(0, 1_000_000_000).default(0),
  limit: numberText(1, MOST_ROWS).default(50),
};

/** Query of a list that can be sorted: `sort` names a field of its items, as the API spells it. */
export function sorting<const S extends string>(
  sorts: readonly S[],
  byDefault: NoInfer<S>,
  orderByDefault: 'asc' | 'desc' = 'asc',
) {
  const spelt = (sort: string): string => sort[0]!.toLowerCase() + sort.slice(1);
  return {
    sort: z
      .string()
      .default(spelt(byDefault))
      .transform((text, context): S => {
        const sort = sorts.find((known) => spelt(known) === text);
        if (sort !== undefined) return sort;
        context.addIssue(`Choose among ${sorts.map(spelt).join(', ')}.`);
        return z.NEVER;
      }),
    order: z.enum(['asc', 'desc'], 'Choose asc or desc.').default(orderByDefault),
  };
}

export const searchText = z.string().max(200, 'Search for at most 200 characters.');

/** Yes or no as a query has it. */
export const flagText = z.enum(['true', 'false'], 'Choose true or false.').transform((text) => text === 'true');

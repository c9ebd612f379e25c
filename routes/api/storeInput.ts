/**
 * Bodies that a store judges itself, by the schema it shares with the console. Stores pass over fields they do not know,
 * as forms send some; for a program such a field is a mistake, so here it is refused, at any depth.
 */
import { z } from 'zod';

/** A body with the fields of the store's schema, handed on as it came. */
export function storeInput(schema: z.ZodType): z.ZodType<Record<string, unknown>> {
  const known = z.record(z.string(), z.unknown()).superRefine((body, context) => {
    for (const path of unknownFields(schema, body, [])) {
      context.addIssue({ code: 'custom', path, message: 'There is no such field here.' });
    }
  });
  // For the test that holds the description against what is read.
  return known.meta({ fieldsOf: schema });
}

type Path = (string | number)[];

function unknownFields(schema: z.core.$ZodType, value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    if (!Array.isArray(value)) return [];
    return value.flatMap((entry, index) => unknownFields(inner.element, entry, [...path, index]));
  }
  if (inner instanceof z.ZodUnion) {
    // What one alternative knows is known; which one applies is the store's to judge.
    const found = inner.options.map((option) => unknownFields(option as z.core.$ZodType, value, path));
    return found.reduce((least, other) => (other.length < least.length ? other : least));
  }
  if (!(inner instanceof z.ZodObject) || Array.isArray(value)) return [];
  const shape = inner.shape as Record<string, z.core.$ZodType>;
  return Object.entries(value).flatMap(([name, field]) =>
    Object.hasOwn(shape, name) ? unknownFields(shape[name]!, field, [...path, name]) : [[...path, name]],
  );
}

/** What a schema reads, below defaults, optional marks and conversions. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodPipe) {
    const { in: before, out: after } = schema;
    return unwrap(before instanceof z.ZodTransform ? after : before);
  }
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : unwrap(innerType);
}

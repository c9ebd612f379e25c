import type { Kysely } from 'kysely';
import type { Session } from './types.ts';

/** Tables and columns of any name. */
export type AnySchema = Record<string, Record<string, unknown>>;

/**
 * Queries over tables whose names are known at run time only: those of inventory, and those that a list of ours names.
 * Kysely quotes whatever it is given, but a name from outside is never one: it comes from the schema, such a list, or
 * DataClass and DataClassColumn.
 */
export const untyped = ({ db }: Session): Kysely<AnySchema> => db as unknown as Kysely<AnySchema>;

/** The CMDB spells columns `LastContactAt`, the API spells fields `lastContactAt`: one rule for both directions. */
export type CamelCase<T> = T extends readonly (infer E)[]
  ? CamelCase<E>[]
  : T extends object
    ? { [K in keyof T as K extends string ? Uncapitalize<K> : K]: CamelCase<T[K]> }
    : T;

/** Rows and what they hold, with the first letter of every name in lower case. Never for names that are data. */
export function camelCase<T>(value: T): CamelCase<T> {
  if (Array.isArray(value)) return value.map((entry: unknown) => camelCase(entry)) as CamelCase<T>;
  if (typeof value !== 'object' || value === null) return value as CamelCase<T>;
  const entries = Object.entries(value).map(([name, inner]) => [
    name[0]!.toLowerCase() + name.slice(1),
    camelCase(inner),
  ]);
  return Object.fromEntries(entries) as CamelCase<T>;
}

export interface List<T> {
  items: T[];
  total: number;
  offset: number;
  limit: number;
}

export function list<T>(items: T[], total: number, { offset, limit }: { offset: number; limit: number }): List<T> {
  return { items, total, offset, limit };
}

/** The CMDB spells columns `LastContactAt` and flags 0 and 1, the API spells fields `lastContactAt`, true and false. */
export type CamelCase<T> = T extends readonly (infer E)[]
  ? CamelCase<E>[]
  : T extends object
    ? { [K in keyof T as K extends string ? Uncapitalize<K> : K]: K extends `Is${string}` ? boolean : CamelCase<T[K]> }
    : T;

/** Rows and what they hold, by that rule. Never for names that are data themselves. */
export function camelCase<T>(value: T): CamelCase<T> {
  if (Array.isArray(value)) return value.map((entry: unknown) => camelCase(entry)) as CamelCase<T>;
  if (typeof value !== 'object' || value === null) return value as CamelCase<T>;
  const entries = Object.entries(value).map(([name, inner]) => [
    name[0]!.toLowerCase() + name.slice(1),
    /^Is[A-Z]/.test(name) ? inner === 1 : camelCase(inner),
  ]);
  return Object.fromEntries(entries) as CamelCase<T>;
}

export interface List<T> {
  items: T[];
  /** Of all that fit, not only of this page. */
  total: number;
  offset: number;
  limit: number;
}

interface Page {
  offset: number;
  limit: number;
}

export const list = <T>(items: T[], total: number, { offset, limit }: Page): List<T> => ({
  items,
  total,
  offset,
  limit,
});

/** A page of what the store answers as a whole, because there are few. */
export const pageOf = <T>(all: T[], page: Page): List<T> =>
  list(all.slice(page.offset, page.offset + page.limit), all.length, page);

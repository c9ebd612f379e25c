/** What has changed lately, for whoever derives something from many things and does not want to look at all of them. */
import type { Guid } from '../wire/guid.ts';

/** Who lags further behind looks at everything. */
const REMEMBERED = 4096;

export class ChangedItems {
  #forgotten = 0;
  /** Null: anything may be another. */
  #items: (Guid | null)[] = [];

  note(guid: Guid | null): void {
    this.#items.push(guid);
    if (this.#items.length <= 2 * REMEMBERED) return;
    this.#items = this.#items.slice(REMEMBERED);
    this.#forgotten += REMEMBERED;
  }

  /** Rises with every change. */
  get position(): number {
    return this.#forgotten + this.#items.length;
  }

  /** Each item once; `undefined` when anything may be another. */
  since(position: number): Set<Guid> | undefined {
    if (position < this.#forgotten) return undefined;
    const items = this.#items.slice(position - this.#forgotten);
    return items.includes(null) ? undefined : new Set(items as Guid[]);
  }
}

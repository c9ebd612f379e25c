/**
 * Choices that were made, by package and place. Everything that a choice rests on is replaced when it changes and never
 * altered, so a choice is good as long as these are the same objects.
 */
import type { Distribution } from '../packageServers/distribution.ts';
import type { PackageHoldings } from '../packageServers/packageServerIndex.ts';
import type { Placement } from '../packageServers/placement.ts';
import type { CatalogueEntry } from './catalogue.ts';

/**
 * Together, of all packages. A choice of three servers weighs some 500 bytes with its key, so that this is about 25 MB;
 * with more places that are asked from, choices are made anew now and then.
 */
export const MOST_CHOICES = 50_000;

/** Choices for one package, by place. */
export interface KeptOfPackage<T> {
  get(place: string): T | undefined;
  /** Answers what it was given. */
  keep(place: string, choice: T): T;
}

interface Known<T> extends KeptOfPackage<T> {
  holdings: PackageHoldings | undefined;
  distribution: Distribution | undefined;
}

export class KeptChoices<T> {
  readonly #most: number;
  #placement: Placement | undefined;
  #byPackage = new Map<CatalogueEntry, Known<T>>();
  #count = 0;

  constructor(most = MOST_CHOICES) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  of(
    placement: Placement | undefined,
    entry: CatalogueEntry,
    holdings: PackageHoldings | undefined,
    distribution: Distribution | undefined,
  ): KeptOfPackage<T> {
    if (placement !== this.#placement) {
      this.#forget();
      this.#placement = placement;
    }
    const known = this.#byPackage.get(entry);
    if (known?.holdings === holdings && known?.distribution === distribution && known !== undefined) return known;
    const fresh = { ...this.#empty(), holdings, distribution };
    this.#byPackage.set(entry, fresh);
    return fresh;
  }

  #empty(): KeptOfPackage<T> {
    const byPlace = new Map<string, T>();
    return {
      get: (place) => byPlace.get(place),
      keep: (place, choice) => {
        // What was replaced is counted until the next of these moments: the count is never too low.
        if (++this.#count > this.#most) this.#forget();
        byPlace.set(place, choice);
        return choice;
      },
    };
  }

  #forget(): void {
    this.#byPackage = new Map();
    this.#count = 0;
  }
}

/** One element's attributes, in document order. A reader hands the same object to its handlers again and again. */
export class XmlAttributes {
  readonly names: string[] = [];
  readonly values: string[] = [];
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(name: string, value: string): void {
    this.names[this.count] = name;
    this.values[this.count++] = value;
  }

  get(name: string): string | undefined {
    for (let index = 0; index < this.count; index++) if (this.names[index] === name) return this.values[index];
    return undefined;
  }

  /** A copy to keep. It inherits nothing: an attribute may have any name. */
  toRecord(): Record<string, string> {
    const record = new Bare() as Record<string, string>;
    for (let index = 0; index < this.count; index++) record[this.names[index]!] = this.values[index]!;
    return record;
  }
}

/** Its objects are made in a fraction of the time of `Object.create(null)`, which makes a hash table of each. */
const Bare = function () {} as unknown as new () => object;
Bare.prototype = Object.create(null) as object;

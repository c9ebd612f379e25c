/** The questions that a report asks before it runs. */
import type { ReportParameter } from '../../../models/reports/definition.ts';
import { fieldOf } from '../../../models/reports/parameterValues.ts';
import type { ReportRuns, RunOwner } from '../../../models/reports/reportRuns.ts';
import type { Field } from '../form.ts';

const MOST_CHOICES = 500;
const CHOICES_FRESH_MS = 60_000;
const MOST_KEPT = 200;

type Options = NonNullable<Field['options']>;

/** Choices are read by a report of their own; who opens a page twice need not wait for it twice. */
export class Choices {
  readonly #runs: ReportRuns;
  readonly #known = new Map<string, { at: number; options: Promise<Options> }>();
  constructor(runs: ReportRuns) {
    this.#runs = runs;
  }

  of(owner: RunOwner, sql: string): Promise<Options> {
    const known = this.#known.get(sql);
    if (known !== undefined && performance.now() - known.at < CHOICES_FRESH_MS) return known.options;
    if (this.#known.size >= MOST_KEPT) this.#known.clear();
    const options = this.#read(owner, sql);
    this.#known.set(sql, { at: performance.now(), options });
    options.catch(() => this.#known.delete(sql));
    return options;
  }

  async #read(owner: RunOwner, sql: string): Promise<Options> {
    const { rows } = await this.#runs.preview(owner.guid, sql, [], MOST_CHOICES);
    return rows
      .filter(([value]) => value !== null && value !== '')
      .map(([value, label]) => ({ value: String(value), label: String(label ?? value) }));
  }
}

const HELP: Readonly<Record<ReportParameter['type'], string | undefined>> = {
  text: undefined,
  number: 'A number.',
  date: 'In the time of the server, for example 2026-11-21 or 2026-11-21 14:30.',
  guid: 'A GUID.',
};

/** One field a parameter. Choices that cannot be read leave a plain field that says so. */
export async function parameterFields(
  parameters: readonly ReportParameter[],
  choices: (sql: string) => Promise<Options>,
): Promise<Field[]> {
  return Promise.all(
    parameters.map(async ({ name, label, type, choices: sql, byDefault }): Promise<Field> => {
      const field: Field = { name: fieldOf(name), label, maxLength: 4000 };
      const plain = (help: string | undefined): Field => (help === undefined ? field : { ...field, help });
      if (sql.trim() === '') return plain(HELP[type]);
      try {
        const options = await choices(sql);
        const known = byDefault === '' || options.some(({ value }) => value === byDefault);
        const own = known ? [] : [{ value: byDefault, label: byDefault }];
        return { name: field.name, label, kind: 'select', options: [{ value: '', label: 'All' }, ...own, ...options] };
      } catch {
        return plain('The choices could not be read: type the value.');
      }
    }),
  );
}

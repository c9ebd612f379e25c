/** Many ids of events as a short text, `17-24,30`: in the question before they are deleted, and in the audit log. */

const MOST_IDS = 1_000_000;

/** Ascending, each once. */
export function writeIdRanges(ids: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last !== undefined && id === last[1] + 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}

/** The ids of such a text; `undefined` when it is none, or names more than a million. */
export function readIdRanges(text: string): number[] | undefined {
  const ids: number[] = [];
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) - Number(first) + ids.length >= MOST_IDS) return undefined;
    for (let id = Number(first); id <= Number(last); id++) ids.push(id);
  }
  return ids;
}

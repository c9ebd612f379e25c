/** How values look on a page. Pure; the present moment is handed in. */
const number = new Intl.NumberFormat('en-US');

/** `35,000` */
export function formatNumber(value: number): string {
  return number.format(value);
}

const BYTE_UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** `1.4 MB`; units of 1,024, as the field writes them. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return '1 byte';
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${BYTE_UNITS[unit]}`;
}

const SPANS: readonly [string, number][] = [
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
];

/** `3 min`, `2 h 5 min`, `14 d`: the two largest units that matter. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const first = SPANS.findIndex(([, size]) => seconds >= size);
  if (first === -1) return '0 s';
  const [unit, size] = SPANS[first]!;
  const count = Math.floor(seconds / size);
  const next = SPANS[first + 1];
  const rest = next === undefined ? 0 : Math.floor((seconds - count * size) / next[1]);
  return count < 10 && rest > 0 && unit !== 'min' ? `${count} ${unit} ${rest} ${next![0]}` : `${count} ${unit}`;
}

/** `3 min ago`, `in 2 d`, `just now`. */
export function formatAgo(time: string, now: number): string {
  const passed = now - Date.parse(time);
  if (Math.abs(passed) < 5000) return 'just now';
  return passed > 0 ? `${formatSpan(passed)} ago` : `in ${formatSpan(-passed)}`;
}

/** `2026-11-21 12:31:05 UTC` */
export function formatExact(time: string): string {
  return `${time.slice(0, 19).replace('T', ' ')} UTC`;
}

/** The first block: enough to tell a dozen apart, the whole is in the title and behind the copy button. */
export function shortGuid(guid: string): string {
  return guid.slice(0, 8);
}

/** A long name cut in the middle: beginnings look alike, ends tell them apart. */
export function cutMiddle(text: string, most = 48): string {
  const characters = Array.from(text);
  if (characters.length <= most) return text;
  const head = Math.ceil((most - 1) * 0.6);
  return `${characters.slice(0, head).join('')}…${characters.slice(characters.length - (most - 1 - head)).join('')}`;
}

/** `1 computer`, `35,000 computers` */
export function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

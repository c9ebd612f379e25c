/** Where the console lives. Every link in a page is made with `at`. */
export const BASE = '/Altiris/Console';

/** Address of a console page: `at('/users')`, `at('/users', { state: 'enabled' })`. Empty values are left out. */
export function at(path: string, query: Readonly<Record<string, string | number | undefined>> = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return `${BASE}${path === '/' ? '' : path}${text === '' ? '' : `?${text}`}`;
}

/** A console address that somebody sent back to us, or the home page when it points elsewhere. */
export function safeReturn(address: unknown): string {
  if (typeof address !== 'string') return BASE;
  // Only a path of ours: no scheme, no host, none of the characters that a browser may read as one.
  // Bookmarks of the original console come in any letter case.
  const inside = /^\/Altiris\/Console(?:[/?]|$)/i.test(address);
  return inside && !/[\\\u0000-\u001f]/.test(address) ? address : BASE;
}

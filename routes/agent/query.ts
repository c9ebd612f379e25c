/** The query of an agent's request. Shorter work than node:querystring's, which was a sixth of GetPackageInfo. */
import { unescape } from 'node:querystring';

const MOST_PARAMETERS = 1000;

/** Parameters by lower-case name; the first of a name wins. `+` is a space, as in a form. */
export function parseQuery(search: string): Map<string, string> {
  const parameters = new Map<string, string>();
  if (search === '') return parameters;
  for (const part of search.split('&', MOST_PARAMETERS)) {
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals)).toLowerCase();
    if (part !== '' && !parameters.has(name)) parameters.set(name, equals === -1 ? '' : decode(part.slice(equals + 1)));
  }
  return parameters;
}

/** What is no valid escape stays as it is. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return unescape(spaced);
  }
}

/** Name masks of registration rules: `*` is any text, `?` any one character, letter case does not count. */

/**
 * Goes back to the last star only, so that the time is at most name × mask: no mask and no name, which a stranger
 * chooses, can make it explode as a regular expression can.
 */
export function matchesMask(mask: string, name: string): boolean {
  const [pattern, text] = [mask.toLowerCase(), name.toLowerCase()];
  let [at, from] = [0, 0];
  let [star, resume] = [-1, 0];
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = from;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at++;
      from++;
    } else if (star !== -1) {
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

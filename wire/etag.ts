/** True when an If-None-Match header names the entity tag, or any. Weak comparison, as RFC 9110 section 13.1.2 says. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header === etag || header.trim() === '*') return true;
  return header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === etag);
}

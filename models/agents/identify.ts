/** Who is calling? GUID, `X-SMA-ID` and bearer must agree (house.md, "agent identity"). */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { refuse } from '../protocolErrors.ts';
import type { AddressMatcher } from './addressMatcher.ts';
import type { AgentDirectory } from './directory.ts';
import type { AgentTokens } from './tokens.ts';

export { addressMatcher, type AddressMatcher } from './addressMatcher.ts';

export interface CallerFacts {
  /** Value of the Authorization header, if any. */
  authorization: string | undefined;
  /** Value of the X-SMA-ID header, if any. */
  smaId: string | undefined;
  /** GUIDs that the query or the body names as the caller; each must agree. */
  named: readonly (Guid | undefined)[];
  /** Client address (behind a trusted proxy: the forwarded one). */
  address: string;
}

export interface AgentIdentity {
  /** The directory's own string: one cut from a request would keep the whole request in memory where it is kept. */
  guid: Guid;
  /** How it is known: by its key, or by GUID alone from a legacy range. */
  proof: 'key' | 'legacy';
}

/**
 * Runs on every agent request: a few map look-ups and compares, no SQL.
 * @throws ProtocolError badGuid, identityMismatch, notAuthenticated, notRegistered, pending, blocked
 */
export function identify(
  deps: { agents: AgentDirectory; tokens: AgentTokens; isLegacy: AddressMatcher },
  facts: CallerFacts,
): AgentIdentity {
  const bearer = bearerOf(deps.tokens, facts.authorization);
  const guid = agreedGuid(facts, bearer?.guid, (named) => deps.agents.survivor(named));
  const entry = deps.agents.get(guid);
  if (entry === undefined) refuse('notRegistered', `${guid} is not registered`);
  if (entry.state === 'pending') refuse('pending', `${guid} awaits approval`);
  if (entry.state !== 'allowed') refuse('blocked', `${guid} is ${entry.state}`);
  // While a shared GUID is being split, who calls from elsewhere has to register anew: then it is told its own GUID.
  if (entry.boundAddress !== undefined && entry.boundAddress !== facts.address)
    refuse('notRegistered', `${guid} is being split, and ${facts.address} has not registered since`);
  if (bearer !== undefined) {
    // The bearer names the key that proved itself: with another key in its place the bearer ends at once.
    if (bearer.keyHash !== entry.keyHash)
      refuse('notAuthenticated', `bearer of ${guid} is for a key that was replaced`);
    return { guid: entry.guid, proof: 'key' };
  }
  // A GUID is not a secret (section 7, item 4): alone it serves those agents only that have nothing better, from ranges
  // that an administrator named. An agent whose key can prove itself is not to be impersonated from there.
  if (!entry.canProve && deps.isLegacy(facts.address)) return { guid: entry.guid, proof: 'legacy' };
  refuse('notAuthenticated', `${guid} sent no bearer`);
}

function bearerOf(tokens: AgentTokens, authorization: string | undefined): { guid: Guid; keyHash: string } | undefined {
  const token = credentialsOf('Bearer', authorization);
  if (token === undefined) return undefined;
  return tokens.readBearer(token) ?? refuse('notAuthenticated', 'the bearer is not valid, or not any more');
}

/** What follows the scheme's name in an Authorization header; `undefined` when the header is of another scheme. */
export function credentialsOf(scheme: string, authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.charCodeAt(scheme.length) !== 32) return undefined;
  const named = authorization.slice(0, scheme.length);
  if (named !== scheme && named.toLowerCase() !== scheme.toLowerCase()) return undefined;
  return authorization.slice(scheme.length + 1).trim();
}

/**
 * The one computer that header, query, body and proof name. `survivor`: who took the place of a merged one, so that its
 * agent may go on by the old GUID. @throws ProtocolError badGuid, identityMismatch
 */
export function agreedGuid(
  facts: Pick<CallerFacts, 'smaId' | 'named'>,
  proven?: Guid,
  survivor: (guid: Guid) => Guid = (guid) => guid,
): Guid {
  let agreed = proven && survivor(proven);
  const agree = (named: Guid | undefined): void => {
    if (named === undefined) return;
    const other = survivor(named);
    if (agreed !== undefined && agreed !== other) refuse('identityMismatch', `${agreed} and ${other} are both named`);
    agreed = other;
  };
  if (facts.smaId !== undefined && facts.smaId !== '')
    agree(parseGuid(facts.smaId) ?? refuse('badGuid', 'X-SMA-ID is not a GUID'));
  for (const named of facts.named) agree(named);
  return agreed ?? refuse('badGuid', 'no computer is named');
}

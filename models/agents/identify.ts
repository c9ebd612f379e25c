/** Who is calling? GUID, `X-SMA-ID` and bearer must agree (house.md, "agent identity"). */
import type { Guid } from '../../wire/guid.ts';
import type { AgentDirectory } from './directory.ts';
import type { AgentTokens } from './tokens.ts';

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
  guid: Guid;
  /** How it is known: by its key, or by GUID alone from a legacy range. */
  proof: 'key' | 'legacy';
}

/** True when the address lies in one of the configured ranges. Build once, ask often. */
export type AddressMatcher = (address: string) => boolean;

export function addressMatcher(_ranges: readonly string[]): AddressMatcher {
  throw new Error('not built yet');
}

/** @throws ProtocolError badGuid, identityMismatch, notAuthenticated, notRegistered, pending, blocked */
export function identify(
  _deps: { agents: AgentDirectory; tokens: AgentTokens; isLegacy: AddressMatcher },
  _facts: CallerFacts,
): AgentIdentity {
  throw new Error('not built yet');
}

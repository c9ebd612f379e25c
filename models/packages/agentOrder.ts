/**
 * Equal servers in an order that is the agent's own and stays the same, so that load spreads and a resumed download finds
 * its server again (rendezvous hashing). Each server draws a number from its GUID and the agent's; one that comes or goes
 * moves no other. With shares, a server is first for as many agents as its share says in relation to the others'.
 */
import type { Guid } from '../../wire/guid.ts';

export interface Ranked {
  /** From the server's GUID; see `seedOf`. */
  seed: number;
  /** 0: behind all that have one. */
  share: number;
}

export function inOrderFor<C extends Ranked>(agent: Guid, equals: readonly C[]): readonly C[] {
  if (equals.length < 2) return equals;
  const scored = equals.map((candidate) => ({ candidate, score: scoreOf(agent, candidate) }));
  scored.sort((a, b) => b.score - a.score || a.candidate.seed - b.candidate.seed);
  return scored.map(({ candidate }) => candidate);
}

/** The largest wins. log(u) / share makes P(first) the share of the sum, for u evenly within 0 and 1. */
function scoreOf(agent: Guid, { seed, share }: Ranked): number {
  const drawn = (mixed(seed, agent) + 1) / 0x1_0000_0001;
  return share > 0 ? Math.log(drawn) / share : drawn - BEHIND_ALL;
}

/** Below any logarithm of 32 bits divided by a share of at least 1. */
const BEHIND_ALL = 1000;

export const seedOf = (server: Guid): number => mixed(0x811c9dc5, server);

/** FNV-1a, and a last stir: its low bits alone would put neighbours side by side. */
function mixed(seed: number, text: string): number {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}

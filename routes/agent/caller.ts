/** Who is calling an agent page: `identify` with what this server knows, wired up once per context. */
import type { AppContext } from '../../app/context.ts';
import { addressMatcher, identify, type AddressMatcher, type AgentIdentity } from '../../models/agents/identify.ts';
import type { Guid } from '../../wire/guid.ts';
import { SMA_ID } from '../../wire/paths.ts';
import type { AgentRequest } from './page.ts';

type Deps = Parameters<typeof identify>[0];

// A context lives as long as its server; the matcher reads its ranges only once.
const depsOf = new WeakMap<AppContext, Deps>();

function deps(context: AppContext): Deps {
  let known = depsOf.get(context);
  if (known === undefined) {
    const isLegacy: AddressMatcher = addressMatcher(context.settings.legacyAgents);
    known = { agents: context.agents, tokens: context.tokens, isLegacy };
    depsOf.set(context, known);
  }
  return known;
}

/**
 * The computer that sent a request. `named`: GUIDs that query or body name as the caller; each must agree with the
 * header and the proof.
 * @throws ProtocolError badGuid, identityMismatch, notAuthenticated, notRegistered, pending, blocked
 */
export function callerOf(
  context: AppContext,
  request: Pick<AgentRequest, 'headers' | 'address'>,
  named: readonly (Guid | undefined)[],
): AgentIdentity {
  const smaId = request.headers[SMA_ID];
  return identify(deps(context), {
    authorization: request.headers.authorization,
    smaId: typeof smaId === 'string' ? smaId : undefined,
    named,
    address: request.address,
  });
}

/** False: nobody at that address is let in without a bearer, whatever computer is named. */
export function mayComeByGuid(context: AppContext, { address }: Pick<AgentRequest, 'address'>): boolean {
  return deps(context).isLegacy(address);
}

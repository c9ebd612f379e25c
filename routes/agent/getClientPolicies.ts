/**
 * GetClientPolicies.aspx: which policies apply to a computer, and what they say (agent-contract.md section 5). The most
 * called page of the product: no SQL, and nothing is written in the request.
 */
import type { AppContext } from '../../app/context.ts';
import type { KnownPolicies } from '../../models/policies/policyIndex.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { isTrue, readPolicyRequest, type PolicyRequest } from '../../wire/policy.ts';
import { callerOf } from './caller.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';
import { bodyText } from './requestText.ts';

const BODY_LIMIT = 1024 * 1024;

export const getClientPolicies: AgentPage = {
  names: ['getclientpolicies.aspx', 'getclientpolicies.asp'],
  GET: answerQuery,
  POST: answerBody,
};

/** GET form: `xml`, or `WrkstaGuid`; `Hash` is of the document that the agent has (KB 179695). */
function answerQuery(context: AppContext, request: AgentRequest): AgentAnswer {
  const { query } = request;
  const computer = query.get('wrkstaguid');
  const named =
    computer === undefined ? undefined : (parseGuid(computer) ?? refuse('badGuid', 'WrkstaGuid is not a GUID'));
  if (isTrue(query.get('compress'))) noteForced(context, request, 'compressed');
  const documentHash = query.get('hash')?.toUpperCase();
  const text = query.get('xml');
  if (text !== undefined) return answerDocument(context, request, readPolicyRequest(text), { named, documentHash });
  if (named === undefined) refuse('badRequest', 'the query has neither xml nor WrkstaGuid');
  return answer(context, request, [named], documentHash === undefined ? {} : { documentHash });
}

const inFlight = new WeakMap<AppContext, number>();

/** POST form. Only these can be under way at once: a GET is answered before the next request is looked at. */
async function answerBody(context: AppContext, request: AgentRequest): Promise<AgentAnswer> {
  const others = inFlight.get(context) ?? 0;
  if (others >= context.settings.maxConcurrentConfigRequests) {
    refuse('serverBusy', `${others} policy requests are under way`);
  }
  inFlight.set(context, others + 1);
  try {
    return answerDocument(context, request, readPolicyRequest(await bodyText(request, BODY_LIMIT)), {});
  } finally {
    inFlight.set(context, inFlight.get(context)! - 1);
  }
}

function answerDocument(
  context: AppContext,
  request: AgentRequest,
  asked: PolicyRequest,
  { named, documentHash }: { named?: Guid | undefined; documentHash?: string | undefined },
): AgentAnswer {
  if (asked.compress) noteForced(context, request, 'compressed');
  if (asked.secured) noteForced(context, request, 'encrypted');
  const resources = asked.resources.map(({ guid }) => guid ?? refuse('badGuid', 'a resource has no GUID'));
  // The computer itself says host="true"; where none does, the first is the caller, and the others are users.
  const host = Math.max(
    0,
    asked.resources.findIndex(({ isHost }) => isHost),
  );
  const computer = resources[host] ?? refuse('badRequest', 'the request names no resource');
  return answer(context, request, [computer, named], {
    documentHash,
    policyHashes: asked.hashes,
    others: resources.filter((_, position) => position !== host),
  });
}

function answer(
  context: AppContext,
  request: AgentRequest,
  named: readonly (Guid | undefined)[],
  known: KnownPolicies,
): AgentAnswer {
  const { guid, proof } = callerOf(context, request, named);
  // A merged computer's agent goes on by its old GUID until it registers anew, and takes policies under that name only.
  const { set, isUnchanged, body } = context.policies.check(guid, known, {
    named: named[0],
    isProven: proof === 'key',
  });
  context.contacts.note(guid, 'policy', request.address);
  context.policies.history.note(guid, set);
  context.counters.add('checkIns');
  if (isUnchanged) context.counters.add('checkInsUnchanged');
  return { status: 200, body };
}

const noted = new WeakMap<AppContext, Set<string>>();

/** Neither form is public: the answer is clear XML, over TLS (agent-contract.md section 2). Said once, for debugging. */
function noteForced(context: AppContext, request: AgentRequest, form: 'compressed' | 'encrypted'): void {
  let forms = noted.get(context);
  if (forms === undefined) noted.set(context, (forms = new Set()));
  if (forms.has(form)) return;
  forms.add(form);
  context.log.debug(
    { requestId: request.id },
    `an agent asked for a ${form} policy; such requests are answered in clear`,
  );
}

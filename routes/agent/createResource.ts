/** CreateResource.aspx: a computer obtains or confirms its GUID and registers its key (agent-contract.md section 4). */
import type { AppContext } from '../../app/context.ts';
import { credentialsOf } from '../../models/agents/identify.ts';
import { register, type Registered } from '../../models/agents/register.ts';
import { RegistrationLimiter } from '../../models/agents/registrationLimiter.ts';
import { readRegistrationRequest, type RegistrationRequest } from '../../models/agents/registrationRequest.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { withoutErrorWord } from '../../wire/errorWord.ts';
import { braces, parseGuid } from '../../wire/guid.ts';
import { SMA_ID } from '../../wire/paths.ts';
import { parseEnrolmentToken, type EnrolmentTokenParts } from '../../wire/proof.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { xml, XML_DECLARATION } from '../../wire/xml.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';
import { bodyText, queryText } from './requestText.ts';

const BODY_LIMIT = 256 * 1024;

export const createResource: AgentPage = {
  names: ['createresource.aspx', 'createresource.asp'],
  GET: (context, request) => answer(context, request, queryText(request)),
  POST: async (context, request) => answer(context, request, await bodyText(request, BODY_LIMIT)),
};

async function answer(context: AppContext, request: AgentRequest, text: string): Promise<AgentAnswer> {
  const asked = withHeaderGuid(readRegistrationRequest(text), request);
  const sender = { address: request.address, token: enrolmentToken(context, request) };
  const registered = await register({ ...depsOf(context), limiter: limiterOf(context) }, asked, sender);
  if (registered.isNews) {
    const { registrationGuid, resourceGuid, name, state, reason } = registered;
    const line = {
      requestId: request.id,
      address: request.address,
      registration: registrationGuid,
      computer: resourceGuid,
    };
    context.log.info({ ...line, name, state, keys: asked.keys }, `registration ${state}: ${reason}`);
  }
  context.counters.add('registrations');
  if (registered.state === 'allowed') context.contacts.note(registered.resourceGuid, 'register', request.address);
  return { status: 200, body: answerText(registered, context.secrets.publicKeyBlob) };
}

const depsOf = ({ cmdb, clock, agents }: AppContext) => ({ cmdb, clock, agents });

// A context lives as long as its server, and the counts with it.
const limiters = new WeakMap<AppContext, RegistrationLimiter>();

function limiterOf(context: AppContext): RegistrationLimiter {
  let limiter = limiters.get(context);
  if (limiter === undefined) {
    limiter = new RegistrationLimiter(context.settings.registrationsPerMinute, context.clock);
    limiters.set(context, limiter);
  }
  return limiter;
}

/** `X-SMA-ID` names the same computer as the body (section 7, item 4), or stands in for a GUID that the body lacks. */
function withHeaderGuid(asked: RegistrationRequest, request: AgentRequest): RegistrationRequest {
  const header = request.headers[SMA_ID];
  if (typeof header !== 'string' || header.trim() === '') return asked;
  const named = parseGuid(header) ?? refuse('badGuid', 'X-SMA-ID is not a GUID');
  if (asked.proposedGuid !== undefined && asked.proposedGuid !== named) {
    refuse('identityMismatch', `the header names ${named}, the body ${asked.proposedGuid}`);
  }
  return { ...asked, proposedGuid: named };
}

/** A token travels in the `Authorization` header, over TLS only (house.md, "enrolment and trust"). */
function enrolmentToken(context: AppContext, request: AgentRequest): EnrolmentTokenParts | undefined {
  const text = credentialsOf('Enrol', request.headers.authorization);
  if (text === undefined) return undefined;
  if (!request.secure && context.settings.requireHttps)
    refuse('httpsRequired', 'an enrolment token came over plain HTTP');
  return parseEnrolmentToken(text);
}

/**
 * Samples 02 and 03. Between `name` and `existing` the original has an attribute with the bare GUID, whose name is not
 * public. There are no symmetric keys (section 7, item 3); without approval there is no key at all.
 */
export function answerText({ resourceGuid, name, state, existed }: Registered, nsKey: string): string {
  const head = xml`guid="${braces(resourceGuid)}" typeGuid="${braces(RESOURCE_TYPE.computer)}" name="${name}" resourceGuid="${resourceGuid}"`;
  const body =
    state === 'allowed'
      ? xml`<Resource ${head} existing="${existed ? 'True' : 'False'}" nsKey="${nsKey}"/>`
      : xml`<Resource ${head} existing="False"><regResponse state="${wireState(state)}"/></Resource>`;
  return XML_DECLARATION + withoutErrorWord(body.text);
}

/** The contract knows allowed, blocked and pending (4.4); an agent whose trust was revoked is shut out. */
const wireState = (state: Registered['state']): string => (state === 'revoked' ? 'blocked' : state);

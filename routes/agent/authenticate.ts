/**
 * Authenticate.aspx, ours (wire/proof.ts): an agent signs a challenge with the key that was pinned at its registration
 * and gets a bearer for an hour, because a signature on each request would cost too much (house.md, "agent identity").
 * With the challenge go statements about the server's signing keys that the agent does not know (wire/signingKeys.ts).
 */
import type { AppContext } from '../../app/context.ts';
import { agreedGuid } from '../../models/agents/identify.ts';
import { isSignedBy } from '../../models/agents/keys.ts';
import { keysOf, type KeyedRegistration } from '../../models/agents/registrationStore.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { noteFollower } from '../../models/signingKeys/followers.ts';
import type { SigningKeys } from '../../models/signingKeys/signingKeys.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { SMA_ID } from '../../wire/paths.ts';
import { proofText } from '../../wire/proof.ts';
import { STATEMENT_PARAMETER, writeStatements } from '../../wire/signingKeys.ts';
import { parseXml, xml, XML_DECLARATION, type XmlElement } from '../../wire/xml.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';
import { bodyText } from './requestText.ts';

const BODY_LIMIT = 16 * 1024;

export const authenticate: AgentPage = {
  names: ['authenticate.aspx'],
  GET: (context, request) => {
    requireTls(context, request);
    const known = Number(request.query.get(STATEMENT_PARAMETER) ?? Number.NaN);
    const news = Number.isInteger(known) ? writeStatements(context.secrets.signingKeys.statementsAfter(known)) : [];
    const text = xml`<challenge value="${context.tokens.newChallenge()}">${news}</challenge>`.text;
    return { status: 200, body: XML_DECLARATION + text };
  },
  POST: async (context, request) => {
    requireTls(context, request);
    return prove(context, request, parseXml(await bodyText(request, BODY_LIMIT)));
  },
};

async function prove(context: AppContext, request: AgentRequest, proof: XmlElement): Promise<AgentAnswer> {
  if (proof.name !== 'proof') refuse('badRequest', `root element is ${proof.name.slice(0, 40)}`);
  const { challenge = '', signature = '' } = proof.attributes;
  const guid = callerNamed(request, proof);
  if (!context.tokens.isFreshChallenge(challenge)) refuse('notAuthenticated', 'the challenge is not ours, or too old');
  const entry = context.agents.get(guid);
  if (entry === undefined) refuse('notRegistered', `${guid} is not registered`);
  if (entry.boundAddress !== undefined && entry.boundAddress !== request.address)
    refuse('notRegistered', `${guid} is being split, and ${request.address} has not registered since`);
  // The agent signs the GUID that it goes by; its key is that of the computer which took its place in a merge.
  const candidates = await keysOf(context.cmdb, entry.guid);
  const find = () => findSigner(context.secrets.signingKeys, candidates, { guid, challenge, signature });
  let found = find();
  // It may name a key that another node has made within the last second.
  if (found === undefined && (await context.secrets.signingKeys.lookAgain(context.cmdb))) found = find();
  if (found === undefined) refuse('notAuthenticated', `no key of ${guid} made that signature`);
  const { signer, keyName } = found;
  admit(guid, signer);
  if (signer.signingKeyName !== keyName) await noteFollower(context.cmdb, signer.guid, keyName);
  const { token, expiresInSeconds } = context.tokens.issueBearer(guid, signer.keyHash);
  return { status: 200, body: XML_DECLARATION + xml`<bearer token="${token}" expires="${expiresInSeconds}"/>`.text };
}

/** The proof names the newest key of the server that the agent believes; one that was revoked counts for nothing. */
function findSigner(
  keys: SigningKeys,
  candidates: readonly KeyedRegistration[],
  proof: { guid: Guid; challenge: string; signature: string },
): { signer: KeyedRegistration; keyName: string } | undefined {
  for (const { name, blob } of keys.provable) {
    const text = proofText(proof.guid, proof.challenge, blob);
    const signer = candidates.find(({ policyKey }) => isSignedBy(policyKey, text, proof.signature));
    if (signer !== undefined) return { signer, keyName: name };
  }
  return undefined;
}

function callerNamed(request: AgentRequest, proof: XmlElement): Guid {
  const named = parseGuid(proof.attributes.guid) ?? refuse('badGuid', 'guid of the proof');
  const smaId = request.headers[SMA_ID];
  return agreedGuid({ smaId: typeof smaId === 'string' ? smaId : undefined, named: [named] });
}

/** The signature tells which registration is speaking: a duplicate's key is as good a proof, of somebody who must wait. */
function admit(guid: Guid, { state }: KeyedRegistration): void {
  if (state === 'pending') refuse('pending', `${guid} proved a key that awaits approval`);
  if (state !== 'allowed') refuse('blocked', `${guid} proved a key that is ${state}`);
}

/** A bearer is worth what the agent is: it travels over TLS only. */
function requireTls(context: AppContext, request: AgentRequest): void {
  if (!request.secure && context.settings.requireHttps) refuse('httpsRequired');
}

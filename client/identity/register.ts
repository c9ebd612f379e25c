/** CreateResource: the computer's GUID, and whether it may come in (agent-contract.md section 4, samples 01 to 03). */
import { createHash } from 'node:crypto';
import { braces, parseGuid, type Guid } from '../../wire/guid.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { readKeyBlob } from '../../wire/proof.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { child, parseXml, xml, XML_DECLARATION } from '../../wire/xml.ts';
import { accepted, type HttpClient } from '../http/client.ts';
import { BadAnswer, NotTrusted } from '../http/errors.ts';

export interface ResourceKey {
  name: string;
  value: string;
}

export interface RegistrationRequest {
  guid: Guid;
  name: string;
  policyKey: string;
  keys: readonly ResourceKey[];
}

export type Registration =
  { state: 'allowed'; guid: Guid; nsKey: string; existing: boolean } | { state: 'pending' | 'blocked' };

export function writeRegistration(request: RegistrationRequest): string {
  const keys = request.keys.map((key) => xml`<key name="${key.name}" value="${key.value}"/>`);
  return (
    XML_DECLARATION +
    xml`<resource guid="${braces(request.guid)}" typeGuid="${braces(RESOURCE_TYPE.computer)}" name="${request.name}" policyKey="${request.policyKey}">${keys}<regRequest guid="${braces(request.guid)}" state="new"/></resource>`
      .text
  );
}

/** @throws BadAnswer when the text is no answer to a registration */
export function readRegistration(text: string): Registration {
  const root = parseXml(text);
  if (root.name !== 'Resource') throw new BadAnswer('the registration was answered with something else');
  const response = child(root, 'regResponse');
  if (response !== undefined && response.attributes.state !== 'allowed') {
    return { state: response.attributes.state === 'pending' ? 'pending' : 'blocked' };
  }
  const guid = parseGuid(root.attributes.guid);
  const { nsKey } = root.attributes;
  if (guid === undefined || nsKey === undefined)
    throw new BadAnswer('the registration was answered without GUID or nsKey');
  return { state: 'allowed', guid, nsKey, existing: root.attributes.existing === 'True' };
}

/** @throws Unreachable, Refused, BadAnswer */
export async function askRegistration(
  http: HttpClient,
  request: RegistrationRequest,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Registration> {
  const headers: Record<string, string> = { [SMA_ID]: request.guid, 'Cache-Control': 'max-age=0' };
  // Never in a query, where logs would keep it (house.md, "enrolment and trust").
  if (token !== undefined) headers.Authorization = `Enrol ${token}`;
  const url = new URL(PAGE.createResource, http.server);
  const answer = await http.ask({ method: 'POST', url, headers, body: writeRegistration(request), signal });
  return readRegistration(accepted(answer, 'registration').text);
}

/**
 * The first allowed registration pins the server's key; from then on only that server is the server. A node that has not
 * heard of a new key yet may still show the one before, while its overlap lasts (`overlapping`).
 * @throws NotTrusted
 */
export function checkServerKey(pinned: string | undefined, offered: string, overlapping: readonly string[] = []): void {
  if (pinned === undefined) {
    if (readKeyBlob(offered)?.asymmetricKeyType !== 'ed25519') {
      throw new NotTrusted(
        "The server's key (nsKey) is not an Ed25519 public key: its packages could not be verified.",
      );
    }
    return;
  }
  if (pinned === offered || overlapping.includes(offered)) return;
  throw new NotTrusted(
    `The server shows another key (nsKey ${keyPrint(offered)}) than the one pinned at enrolment (${keyPrint(pinned)}). This is either another Notification Server or a forged one: nothing is taken from it. To enrol with it on purpose, start with an empty state folder.`,
  );
}

function keyPrint(blob: string): string {
  return `SHA-256 ${createHash('sha256').update(Buffer.from(blob, 'base64')).digest('hex').slice(0, 16)}…`;
}

/** Another name or another key since the registration means: register again. */
export function registrationHash(request: Omit<RegistrationRequest, 'guid'>): string {
  return createHash('sha256')
    .update(JSON.stringify([request.name, request.policyKey, request.keys]))
    .digest('hex');
}

/** Proves the agent's key and gets the bearer that goes with every other request (wire/proof.ts). */
import { sign, type KeyObject } from 'node:crypto';
import { braces, type Guid } from '../../wire/guid.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { proofText } from '../../wire/proof.ts';
import { parseXml, xml, XML_DECLARATION } from '../../wire/xml.ts';
import { accepted, type HttpClient } from '../http/client.ts';
import { BadAnswer } from '../http/errors.ts';

export interface Bearer {
  token: string;
  expiresInMs: number;
}

export function writeProof(guid: Guid, challenge: string, nsKey: string, privateKey: KeyObject): string {
  const signature = sign(null, proofText(guid, challenge, nsKey), privateKey).toString('base64');
  return XML_DECLARATION + xml`<proof guid="${braces(guid)}" challenge="${challenge}" signature="${signature}"/>`.text;
}

/** @throws BadAnswer */
export function readChallenge(text: string): string {
  const root = parseXml(text);
  const { value } = root.attributes;
  if (root.name !== 'challenge' || value === undefined) throw new BadAnswer('there was no challenge in the answer');
  return value;
}

/** @throws BadAnswer */
export function readBearer(text: string): Bearer {
  const root = parseXml(text);
  const { token, expires } = root.attributes;
  if (root.name !== 'bearer' || token === undefined || !(Number(expires) > 0)) {
    throw new BadAnswer('there was no bearer in the answer');
  }
  return { token, expiresInMs: Number(expires) * 1000 };
}

/** @throws Unreachable, Refused, BadAnswer */
export async function askBearer(
  http: HttpClient,
  agent: { guid: Guid; nsKey: string; privateKey: KeyObject },
  signal: AbortSignal,
): Promise<Bearer> {
  const url = new URL(PAGE.authenticate, http.server);
  const headers = { [SMA_ID]: agent.guid };
  const challenge = readChallenge(accepted(await http.ask({ method: 'GET', url, headers, signal }), 'challenge').text);
  const body = writeProof(agent.guid, challenge, agent.nsKey, agent.privateKey);
  return readBearer(accepted(await http.ask({ method: 'POST', url, headers, body, signal }), 'proof').text);
}

/**
 * Proves the agent's key and gets the bearer that goes with every other request (wire/proof.ts). With the challenge come
 * statements about the server's keys that the agent has not seen: the proof names the newest key it believes, which
 * tells the server how far it has followed (wire/signingKeys.ts).
 */
import { sign, type KeyObject } from 'node:crypto';
import { braces, type Guid } from '../../wire/guid.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { proofText } from '../../wire/proof.ts';
import {
  followStatements,
  readStatements,
  STATEMENT_PARAMETER,
  WrongStatement,
  type TrustedKeys,
} from '../../wire/signingKeys.ts';
import { parseXml, xml, XML_DECLARATION } from '../../wire/xml.ts';
import { accepted, type HttpClient } from '../http/client.ts';
import { BadAnswer, NotTrusted } from '../http/errors.ts';

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

/** A challenge, and what is believed of the server's keys with what came with it. */
export interface Challenge {
  value: string;
  keys: TrustedKeys;
}

/** @throws Unreachable, Refused, BadAnswer; NotTrusted when the server's statements do not lead from `keys` */
export async function askChallenge(
  http: HttpClient,
  guid: Guid,
  keys: TrustedKeys,
  signal: AbortSignal,
): Promise<Challenge> {
  const url = new URL(`${PAGE.authenticate}?${STATEMENT_PARAMETER}=${keys.number}`, http.server);
  const answer = await http.ask({ method: 'GET', url, headers: { [SMA_ID]: guid }, signal });
  const { text } = accepted(answer, 'challenge');
  const value = readChallenge(text);
  try {
    return { value, keys: followStatements(keys, readStatements(parseXml(text))) };
  } catch (error) {
    if (!(error instanceof WrongStatement)) throw error;
    throw new NotTrusted(
      'The server says that its signing key was replaced, and the key that is pinned here has not signed that. This is either a forged server or one whose CMDB is older than what this computer has seen: nothing is taken from it. To enrol with it on purpose, start with an empty state folder.',
      { cause: error },
    );
  }
}

/** `keys`: as `askChallenge` answered them. @throws Unreachable, Refused, BadAnswer */
export async function sendProof(
  http: HttpClient,
  { guid, privateKey }: { guid: Guid; privateKey: KeyObject },
  { value, keys }: Challenge,
  signal: AbortSignal,
): Promise<Bearer> {
  const url = new URL(PAGE.authenticate, http.server);
  const body = writeProof(guid, value, keys.key, privateKey);
  return readBearer(
    accepted(await http.ask({ method: 'POST', url, headers: { [SMA_ID]: guid }, body, signal }), 'proof').text,
  );
}

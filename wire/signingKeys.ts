/**
 * Whose signatures on snapshots are believed, and how one key follows another. Ours: the vendor's agents know nothing of
 * it, and nothing that they are sent says a word of it. Statements travel in the answer to Authenticate.aspx, which is
 * ours as well, to agents that say which statement they know.
 *
 * A statement names the key that signs from now on and every key that did before. It is signed by the key it names, and
 * one that brings a new key is signed by the key before it, too: so an agent that was away for years goes from the key
 * it has pinned to today's, link by link, and believes nobody else on the way.
 *
 * What an earlier key has signed:
 *   until its overlap ends        is believed;
 *   after that                    is believed where it was taken in before, and in nothing that is fetched anew;
 *   once the key is revoked       is not believed any more.
 */
import { sign, verify, type KeyObject } from 'node:crypto';
import { readKeyBlob } from './proof.ts';
import { childrenNamed, xml, type XmlElement, type XmlText } from './xml.ts';

export interface FormerKey {
  /** Base64 SPKI. */
  key: string;
  /** End of its overlap, ISO 8601, UTC. */
  until: string;
  isRevoked: boolean;
}

export interface KeyStatement {
  /** Rises by one with each statement; 0 is before the first. */
  number: number;
  /** The key that signs now. */
  key: string;
  former: FormerKey[];
  /** Base64, by `key`. */
  signature: string;
  /** Base64, by the key before it, when the statement brings a new one; else empty. */
  endorsement: string;
}

/** What somebody believes: a statement that has proved genuine, or the pinned key alone. */
export type TrustedKeys = Pick<KeyStatement, 'number' | 'key' | 'former'>;

/** The statements do not lead from what is believed to what they say. */
export class WrongStatement extends Error {
  override name = 'WrongStatement';
}

/** What is signed. */
export function statementText({ number, key, former }: TrustedKeys): string {
  const lines = former.map(
    ({ key: blob, until, isRevoked }) => `${isRevoked ? 'revoked' : 'former'} ${until} ${blob}\n`,
  );
  return `notification-server signing keys\n${number}\n${key}\n${lines.join('')}`;
}

/** @throws WrongStatement when the text is none */
export function readStatementText(text: string): TrustedKeys {
  const [title, number, key, ...lines] = text.trimEnd().split('\n');
  const former = lines.map((line): FormerKey => {
    const [state, until = '', blob = ''] = line.split(' ');
    return { key: blob, until, isRevoked: state === 'revoked' };
  });
  const statement = { number: Number(number), key: key ?? '', former };
  if (title === undefined || statementText(statement) !== text) throw new WrongStatement('not a statement about keys');
  return statement;
}

/** @param before the key that is replaced; left out when the statement brings no new one */
export function signStatement(keys: TrustedKeys, by: KeyObject, before?: KeyObject): KeyStatement {
  const text = Buffer.from(statementText(keys), 'utf8');
  const signed = (key: KeyObject): string => sign(null, text, key).toString('base64');
  return { ...keys, signature: signed(by), endorsement: before === undefined ? '' : signed(before) };
}

/**
 * What is believed after these statements, which are in order of their numbers. Those that were followed before, or
 * that lead up to the pinned key, are passed over; going back to an earlier key is not possible, because nothing that
 * is believed now would have signed it.
 * @throws WrongStatement when they lead to another key than the one that they end with
 */
export function followStatements(trusted: TrustedKeys, statements: readonly KeyStatement[]): TrustedKeys {
  let now = trusted;
  for (const statement of statements) {
    if (statement.number <= now.number || !isSignedBy(statement.key, statement, statement.signature)) continue;
    if (statement.key !== now.key && !isSuccessor(now, statement)) continue;
    if (takesNothingBack(now, statement))
      now = { number: statement.number, key: statement.key, former: statement.former };
  }
  const last = statements.at(-1);
  if (last !== undefined && (last.key !== now.key || last.number !== now.number)) {
    throw new WrongStatement("the server's statements do not lead from the key that is believed to the one it has now");
  }
  return now;
}

function isSuccessor({ key, former }: TrustedKeys, statement: KeyStatement): boolean {
  return (
    statement.former.some((one) => one.key === key) &&
    !former.some((one) => one.key === statement.key) &&
    isSignedBy(key, statement, statement.endorsement)
  );
}

/** A key that was revoked stays so. */
function takesNothingBack({ former }: TrustedKeys, statement: KeyStatement): boolean {
  const revoked = new Set(statement.former.filter(({ isRevoked }) => isRevoked).map(({ key }) => key));
  return former.every(({ key, isRevoked }) => !isRevoked || revoked.has(key));
}

/** Ed25519 alone: nothing weaker may be slipped in. */
function isSignedBy(blob: string, statement: TrustedKeys, signature: string): boolean {
  const key = readKeyBlob(blob);
  if (key?.asymmetricKeyType !== 'ed25519') return false;
  return verify(null, Buffer.from(statementText(statement), 'utf8'), key, Buffer.from(signature, 'base64'));
}

/** Keys by which something that is fetched now is believed; `now` in milliseconds since 1970. */
export function keysForFetched({ key, former }: TrustedKeys, now: number): string[] {
  const overlapping = former.filter(({ until, isRevoked }) => !isRevoked && Date.parse(until) > now);
  return [key, ...overlapping.map((one) => one.key)];
}

/** Keys by which something that was believed when it was fetched, and has been kept since, is still believed. */
export function keysForKept({ key, former }: TrustedKeys): string[] {
  return [key, ...former.filter(({ isRevoked }) => !isRevoked).map((one) => one.key)];
}

/** In the query of Authenticate.aspx: number of the newest statement that the agent knows. */
export const STATEMENT_PARAMETER = 'statement';

/** Elements of the answer to a request for a challenge. */
export function writeStatements(statements: readonly KeyStatement[]): XmlText[] {
  return statements.map(({ number, key, former, signature, endorsement }) => {
    const keys = former.map((one) => xml`<former key="${one.key}" until="${one.until}" revoked="${one.isRevoked}"/>`);
    return xml`<signingKey number="${number}" key="${key}" signature="${signature}" endorsement="${endorsement}">${keys}</signingKey>`;
  });
}

export function readStatements(parent: XmlElement): KeyStatement[] {
  const statements = childrenNamed(parent, 'signingKey').map((element): KeyStatement => {
    const { number, key = '', signature = '', endorsement = '' } = element.attributes;
    const former = childrenNamed(element, 'former').map(({ attributes }): FormerKey => ({
      key: attributes.key ?? '',
      until: attributes.until ?? '',
      isRevoked: attributes.revoked === 'true',
    }));
    return { number: Number(number), key, former, signature, endorsement };
  });
  return statements.sort((a, b) => a.number - b.number);
}

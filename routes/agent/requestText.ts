/** The request document of a page that takes it as `xml=` (NS 6, 7.0) or as the body of a POST (8.x). */
import { refuse } from '../../models/protocolErrors.ts';
import type { AgentRequest } from './page.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** GET form. @throws ProtocolError badRequest */
export function queryText(request: AgentRequest): string {
  return request.query.get('xml') ?? refuse('badRequest', 'the query has no xml');
}

/** Body as text, at most `limit` bytes; an HTML form's `xml` field does as well. @throws ProtocolError badXml, badRequest, tooLarge */
export async function bodyText(request: AgentRequest, limit: number): Promise<string> {
  const body = await request.body(limit);
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (error) {
    refuse('badXml', 'the body is not UTF-8', error);
  }
  if (
    !/^application\/x-www-form-urlencoded/i.test(request.headers['content-type'] ?? '') ||
    text.trimStart().startsWith('<')
  ) {
    return text;
  }
  return new URLSearchParams(text).get('xml') ?? refuse('badRequest', 'the form has no xml');
}

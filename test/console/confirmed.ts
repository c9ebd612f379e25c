/** Answers the question that a page asks, with exactly the fields that the page carries, as a browser would. */
import { expect } from 'chai';
import type { Answer, ConsoleClient } from './client.ts';

/** @param change fields that are sent other than the page has them */
export async function confirmed(
  client: ConsoleClient,
  page: Answer,
  change: Record<string, string> = {},
): Promise<Answer> {
  const { action, fields } = questionOf(page);
  return client.post(action, { ...fields, ...change });
}

export function questionOf({ text, status }: Answer): { action: string; fields: Record<string, string> } {
  const forms = text.matchAll(/<form method="post" action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g);
  const form = [...forms].find(([, , inside]) => inside!.includes('name="confirmed"'));
  expect(form, `a question, answered ${status}`).not.to.equal(undefined);
  const [, action, inside] = form!;
  const inputs = inside!.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g);
  return {
    action: plain(action!),
    fields: Object.fromEntries([...inputs].map(([, name, value]) => [plain(name!), plain(value!)])),
  };
}

const plain = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

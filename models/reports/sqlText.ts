/**
 * The text of a report's SQL, cut into tokens: enough to find its parameters, to see that it is one query, and to put
 * T-SQL's spelling into SQLite's. What a query may read and do is not decided here but by the database: by the
 * authorizer of runner/readOnlyConnection.ts, and by the rights of the reports' login on SQL Server.
 */
import { InvalidInput } from '../fieldErrors.ts';

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol' | 'space';
  text: string;
}

export const MOST_SQL = 100_000;

// A comment is space. T-SQL nests block comments and SQLite does not: what opens a second one is refused.
const PATTERNS: readonly [Token['kind'], RegExp][] = [
  ['space', /\s+|--[^\n]*|\/\*[\s\S]*?\*\//y],
  ['string', /'(?:[^']|'')*'/y],
  ['quoted', /\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*"|`[^`]*`/y],
  ['parameter', /@[A-Za-z_]\w*/y],
  ['word', /@@\w+|[\p{L}_#$][\p{L}\p{N}_#$@]*/uy],
  ['number', /\d[\w.]*/y],
  ['symbol', /[^\s\w'"[`]/uy],
];

const refuse = (message: string): never => {
  throw new InvalidInput([{ field: 'sql', message }]);
};

/** All tokens; together they are the text again. @throws InvalidInput `sql` */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = tokenAt(text, at);
    if (token === undefined || (token.text === '/' && text[at + 1] === '*')) {
      const line = text.slice(0, at).split('\n').length;
      return refuse(`A quotation mark, bracket or comment that begins in line ${line} does not end.`);
    }
    if (token.kind === 'space' && token.text.startsWith('/*') && token.text.indexOf('/*', 2) !== -1) {
      return refuse('A comment inside a comment means different things to different databases: take one of them out.');
    }
    found.push(token);
    at += token.text.length;
  }
  return found;
}

function tokenAt(text: string, at: number): Token | undefined {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return undefined;
}

/** Says what a report's SQL must be, before a database sees it. @throws InvalidInput `sql` */
export function checkQuery(text: string): void {
  if (text.length > MOST_SQL) refuse(`At most ${MOST_SQL.toLocaleString('en-US')} characters.`);
  const said = tokens(text).filter((token) => token.kind !== 'space');
  if (said.length === 0) refuse('Write a query: SELECT …');
  if (!/^(select|with)$/i.test(said[0]!.text)) refuse('A report is one query that begins with SELECT or WITH.');
  const end = said.findIndex((token) => token.text === ';');
  if (end !== -1 && end < said.length - 1) refuse('A report is one query: nothing may follow the semicolon.');
}

/** The names of its parameters without `@`, each once, as they are spelled first. Letter case does not tell two apart. */
export function parameterNames(text: string): string[] {
  const names = new Map<string, string>();
  for (const token of tokens(text)) {
    const name = token.text.slice(1);
    if (token.kind === 'parameter' && !names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
  }
  return [...names.values()];
}

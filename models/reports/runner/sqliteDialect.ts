/**
 * T-SQL that administrators know, in SQLite's spelling: published queries of the CMDB then run unchanged on the embedded
 * engine. Only what differs in spelling; docs/reports.md lists it, and what has to be written another way.
 */
import { parseGuid } from '../../../wire/guid.ts';
import { parameterNames, tokens, type Token } from '../sqlText.ts';

const DATE_FUNCTION = /^(dateadd|datediff|datepart)$/i;
/** The same meaning, another name. */
const RENAMED: Readonly<Record<string, string>> = { isnull: 'IFNULL', len: 'LENGTH', getutcdate: 'NS_UTCDATE' };

/** @throws InvalidInput `sql` */
export function toSqlite(sql: string): string {
  const names = new Map(parameterNames(sql).map((name) => [name.toLowerCase(), `@${name}`]));
  const all = withoutHints(tokens(sql));
  return all.map((token, at) => spell(token, at, all, names)).join('');
}

function spell(token: Token, at: number, all: readonly Token[], names: ReadonlyMap<string, string>): string {
  const { kind, text } = token;
  if (kind === 'parameter') return names.get(text.slice(1).toLowerCase())!;
  if (kind === 'string') return spellString(text);
  if (isOwner(token) && all[at + 1]?.text === '.') return '';
  if (text === '.' && at > 0 && isOwner(all[at - 1]!)) return '';
  if (kind !== 'word') return text;
  if (/^n$/i.test(text) && all[at + 1]?.kind === 'string') return '';
  const isFunction = said(all, at, 1)?.text === '(';
  if (isFunction) return RENAMED[text.toLowerCase()] ?? text;
  // DATEADD(day, …): the part is a bare word, which SQLite would take for a column.
  const opens = said(all, at, -1);
  const isPart = opens?.text === '(' && DATE_FUNCTION.test(said(all, all.indexOf(opens), -1)?.text ?? '');
  return isPart ? `'${text.toLowerCase()}'` : text;
}

const isOwner = (token: Token): boolean => /^(dbo|\[dbo\]|"dbo")$/i.test(token.text);

/** The next token that is no space: `step` 1 looks ahead, -1 back. */
function said(all: readonly Token[], at: number, step: 1 | -1): Token | undefined {
  let other = at + step;
  while (all[other]?.kind === 'space') other += step;
  return all[other];
}

/** uniqueidentifier compares in any spelling; here GUIDs are lower-case text. */
function spellString(text: string): string {
  const guid = /^'\{?[\da-f]{8}-[\da-f-]{27}\}?'$/i.test(text) ? parseGuid(text.slice(1, -1)) : undefined;
  return guid === undefined ? text : `'${guid}'`;
}

/** WITH (NOLOCK): readers wait for nobody here anyway. */
function withoutHints(all: readonly Token[]): Token[] {
  const kept: Token[] = [];
  for (let at = 0; at < all.length; at++) {
    const end = /^with$/i.test(all[at]!.text) ? hintEnd(all, at) : undefined;
    if (end === undefined) kept.push(all[at]!);
    else at = end;
  }
  return kept;
}

function hintEnd(all: readonly Token[], at: number): number | undefined {
  const rest = all.map((token, index) => ({ token, index })).slice(at + 1, at + 8);
  const [open, hint, close] = rest.filter(({ token }) => token.kind !== 'space');
  const isHint = open?.token.text === '(' && /^nolock$/i.test(hint?.token.text ?? '') && close?.token.text === ')';
  return isHint ? close.index : undefined;
}

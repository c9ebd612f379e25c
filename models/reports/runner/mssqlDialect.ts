/** On SQL Server a report's names are found in the schema `reports`; published queries say `dbo.` now and then. */
import { tokens } from '../sqlText.ts';

export function withoutOwner(sql: string): string {
  const all = tokens(sql);
  const isOwner = (at: number): boolean =>
    /^(dbo|\[dbo\]|"dbo")$/i.test(all[at]?.text ?? '') && all[at + 1]?.text === '.';
  return all.map(({ text }, at) => (isOwner(at) || (at > 0 && isOwner(at - 1)) ? '' : text)).join('');
}

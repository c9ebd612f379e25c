/** What a rule says, in one plain sentence. */
import type { Limits, Subject } from './subjects.ts';

const number = (value: number): string => value.toLocaleString('en-US');
const days = (count: number): string => `${number(count)} ${count === 1 ? 'day' : 'days'}`;

/** `Events “AeX SWD Execution” older than 365 days are deleted.` */
export function ruleSentence(subject: Pick<Subject, 'label' | 'kind'>, { keepDays, keepRows }: Limits): string {
  const { label, kind } = subject;
  if (kind === 'inventory')
    return keepDays === null
      ? `${label} is kept, however long a computer is silent.`
      : `${label} of computers that were not heard of for ${days(keepDays)} is deleted.`;
  const most = keepRows === null ? '' : `only the newest ${number(keepRows)} of each computer are kept`;
  if (keepDays === null) return most === '' ? `${label} are kept for ever.` : `Of ${lower(label)} ${most}.`;
  const old = `${label} older than ${days(keepDays)} are deleted`;
  return most === '' ? `${old}.` : `${old}, and ${most}.`;
}

const lower = (text: string): string => text[0]!.toLowerCase() + text.slice(1);

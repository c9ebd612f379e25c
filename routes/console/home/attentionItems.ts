/** The home page's first list: only what somebody should do something about, the worst first. */
import type { Attention } from '../../../models/metrics/attention.ts';
import type { HealthCheck } from '../../../models/metrics/health.ts';
import { counted } from '../format.ts';
import { TOPIC_PAGES } from '../health/index.ts';
import { at } from '../paths.ts';

export interface AttentionItem {
  state: string;
  text: string;
  note: string;
  link: { label: string; href: string };
}

const ORDER = ['error', 'pending', 'conflict', 'warning'];

export function attentionItems(
  { pendingRegistrations, silentAgents, openConflicts }: Attention,
  health: readonly HealthCheck[],
): AttentionItem[] {
  const items: AttentionItem[] = health
    .filter((check) => check.state !== 'ok')
    .map((check) => ({
      state: check.state,
      text: `${check.name}: ${check.finding}`,
      note: check.fix,
      link: TOPIC_PAGES[check.topic],
    }));
  if (pendingRegistrations > 0) {
    items.push({
      state: 'pending',
      text: `${counted(pendingRegistrations, ['computer asks', 'computers ask'])} to be registered.`,
      note: 'They get nothing until somebody decides.',
      link: { label: 'Decide', href: at('/registration', { state: 'pending' }) },
    });
  }
  if (openConflicts > 0) {
    items.push({
      state: 'conflict',
      text: `${counted(openConflicts, ['identity conflict is', 'identity conflicts are'])} open.`,
      note: 'Machines share a GUID, or one has two: policies may reach the wrong computer.',
      link: { label: 'Show', href: at('/duplicates') },
    });
  }
  const isKnown = health.some((check) => check.topic === 'agents' && check.state !== 'ok');
  if (silentAgents > 0 && !isKnown) {
    items.push({
      state: 'silent',
      text: `${counted(silentAgents, ['computer has', 'computers have'])} not been heard of for more than a week.`,
      note: 'Retire those that are gone.',
      link: TOPIC_PAGES.agents,
    });
  }
  const rank = (item: AttentionItem): number => (ORDER.includes(item.state) ? ORDER.indexOf(item.state) : ORDER.length);
  return items.sort((one, other) => rank(one) - rank(other));
}

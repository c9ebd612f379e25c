/** What every tab of a computer's page has in common. */
import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { cutMiddle } from '../format.ts';
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';
import { computerActions } from './computerActions.ts';

const SILENT_AFTER = 7 * 24 * 3600_000;

const TABS = [
  ['', 'Summary'],
  ['/inventory', 'Inventory'],
  ['/history', 'History'],
  ['/policies', 'Policies'],
  ['/deliveries', 'Deliveries'],
  ['/events', 'Events'],
  ['/associations', 'Associations'],
  ['/keys', 'Keys'],
  ['/timeline', 'Timeline'],
] as const;

export type ComputerTab = (typeof TABS)[number][0];

export function computerPage(
  { clock }: AppContext,
  request: Request,
  computer: ComputerDetail,
  tab: ComputerTab,
): PageModel {
  return {
    title: computer.Name,
    state: computerState(computer, clock.now()),
    subtitle: [computer.Fqdn || computer.Domain, computer.OsName]
      .filter((text) => text !== '')
      .map((text) => cutMiddle(text, 72))
      .join(' · '),
    breadcrumb: [{ label: 'Computers', href: at('/computers') }],
    actions: computerActions(request, computer),
    tabs: TABS.map(([path, label]) => ({
      label,
      href: at(`/computers/${computer.Guid}${path}`),
      current: path === tab,
    })),
    computer,
  };
}

/** `active`, `silent` after a week without a word, `never`. */
export function computerState(
  computer: Pick<ComputerDetail, 'LastContactAt'> & Partial<Pick<ComputerDetail, 'ConflictGuid' | 'RetiredAt'>>,
  now: number,
): string {
  if ((computer.ConflictGuid ?? null) !== null) return 'conflict';
  if ((computer.RetiredAt ?? null) !== null) return 'retired';
  if (computer.LastContactAt === null) return 'never';
  return now - Date.parse(computer.LastContactAt) > SILENT_AFTER ? 'silent' : 'active';
}

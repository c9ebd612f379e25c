/** What every tab of a package's page has in common. */
import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import type { PageAction, PageModel } from '../render.ts';
import { lockOf } from '../signedIn.ts';

export const packagesCrumb = { label: 'Packages', href: at('/packages') };

/** Above the two lists. */
export const listTabs = (current: '/packages' | '/packages/problems') =>
  (
    [
      ['/packages', 'All packages'],
      ['/packages/problems', 'With problems'],
    ] as const
  ).map(([path, label]) => ({ label, href: at(path), current: path === current }));

export const packageCrumb = (software: { Guid: string; Name: string }) => ({
  label: software.Name,
  href: at(`/packages/${software.Guid}`),
});

const REFRESH_SECONDS = 2;

const TABS = [
  ['', 'Package'],
  ['/programs', 'Programs'],
  ['/files', 'Snapshot files'],
  ['/servers', 'Package servers'],
  ['/explain', 'Explain'],
  ['/policies', 'Used by'],
  ['/status', 'Status'],
  ['/history', 'History'],
  ['/xml', 'XML'],
] as const;

export type PackageTab = (typeof TABS)[number][0];

export function packagePage(
  { clock }: AppContext,
  request: Request,
  software: PackageDetail,
  tab: PackageTab,
): PageModel & { software: PackageDetail } {
  const count: Partial<Record<PackageTab, number>> = {
    '/programs': software.programs.length,
    '/policies': software.usedBy.length,
  };
  return {
    title: software.Name,
    state: software.State,
    subtitle: [software.VersionText, software.Publisher, software.Language].filter((text) => text !== '').join(' · '),
    breadcrumb: [packagesCrumb],
    actions: actionsOf(software, lockOf(request, 'write')),
    refresh: isUnderWay(software, clock.now()) ? REFRESH_SECONDS : undefined,
    tabs: TABS.map(([path, label]) => ({
      label,
      href: at(`/packages/${software.Guid}${path}`),
      current: path === tab,
      ...(count[path] === undefined ? {} : { count: count[path] }),
    })),
    software,
  };
}

/** A refresh runs, or is asked for and begins within seconds. */
export function isUnderWay(software: PackageDetail, now: number): boolean {
  return (
    software.IsEnabled === 1 &&
    (software.State === 'refreshing' || (software.NextRefreshAt !== null && software.NextRefreshAt <= utc(now)))
  );
}

function actionsOf(software: PackageDetail, locked: string | undefined): PageAction[] {
  const path = `/packages/${software.Guid}`;
  const isOn = software.IsEnabled === 1;
  const refresh: PageAction =
    software.State === 'refreshing'
      ? { label: 'Cancel the refresh', href: at(`${path}/cancelRefresh`), post: true, disabled: locked }
      : {
          label: 'Update distribution points',
          href: at(`${path}/refresh`),
          icon: 'refresh',
          post: true,
          primary: true,
          disabled: locked ?? (isOn ? undefined : 'The package is disabled: enable it first.'),
        };
  return [
    refresh,
    isOn
      ? { label: 'Disable', href: at(`${path}/disable`), icon: 'pause', dialog: true, disabled: locked }
      : { label: 'Enable', href: at(`${path}/enable`), icon: 'play', post: true, disabled: locked },
    { label: 'Clone', href: at(`${path}/clone`), icon: 'copy', post: true, disabled: locked },
    {
      label: 'Delete',
      href: at(`${path}/delete`),
      icon: 'trash',
      danger: true,
      dialog: true,
      disabled: locked ?? whyKept(software),
    },
  ];
}

/** Why it cannot be deleted, or `undefined`. */
export function whyKept({ usedBy }: PackageDetail): string | undefined {
  if (usedBy.length === 0) return undefined;
  const names = usedBy.slice(0, 3).map(({ Name }) => `“${Name}”`);
  const more = usedBy.length > names.length ? ` and ${usedBy.length - names.length} more` : '';
  return `Used by ${counted(usedBy.length, ['policy', 'policies'])}: ${names.join(', ')}${more}. Change or delete ${
    usedBy.length === 1 ? 'it' : 'them'
  } first.`;
}

/** The parts of site management, as tabs. */
import type { Guid } from '../../../wire/guid.ts';
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';

const TABS = [
  ['/sites', 'Sites'],
  ['/sites/subnets', 'Subnets'],
  ['/sites/overlaps', 'Overlaps'],
  ['/sites/discovered', 'Discovered'],
  ['/sites/explain', 'Site of an address'],
] as const;

export type SiteTab = (typeof TABS)[number][0];

export function siteTabs(current: SiteTab): NonNullable<PageModel['tabs']> {
  return TABS.map(([path, label]) => ({ label, href: at(path), current: path === current }));
}

const OF_SITE = [
  ['', 'Site'],
  ['/assigned', 'Assigned computers'],
] as const;

/** The parts of one site. */
export function sitePageTabs(site: Guid, current: (typeof OF_SITE)[number][0]): NonNullable<PageModel['tabs']> {
  return OF_SITE.map(([below, label]) => ({ label, href: at(`/sites/${site}${below}`), current: below === current }));
}

const PARTS = [
  ['', 'General'],
  ['subnets', 'Subnets'],
  ['servers', 'Package servers'],
  ['computers', 'Computers'],
] as const;

export type SitePart = (typeof PARTS)[number][0];

/** The parts of one site, with their numbers. */
export function tabsOfSite(site: SiteRow, servers: number, current: SitePart): NonNullable<PageModel['tabs']> {
  const counts: Partial<Record<SitePart, number>> = { subnets: site.Subnets, servers, computers: site.Computers };
  return PARTS.map(([part, label]) => ({
    label,
    href: at(`/sites/${site.Guid}${part === '' ? '' : `/${part}`}`),
    current: part === current,
    ...(part === '' ? {} : { count: counts[part]! }),
  }));
}

export const sitesCrumb = { label: 'Sites', href: at('/sites') };
export const subnetsCrumb = { label: 'Subnets', href: at('/sites/subnets') };

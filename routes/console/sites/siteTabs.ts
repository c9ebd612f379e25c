/** The parts of site management, as tabs. */
import type { Guid } from '../../../wire/guid.ts';
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';

const TABS = [
  ['/sites', 'Sites'],
  ['/sites/subnets', 'Subnets'],
  ['/sites/overlaps', 'Overlaps'],
  ['/sites/discovered', 'Discovered'],
  ['/sites/explain', 'Site of an address'],
  ['/package-servers/map', 'Map of sites'],
] as const;

export type SiteTab = (typeof TABS)[number][0];

export function siteTabs(current: SiteTab): NonNullable<PageModel['tabs']> {
  return TABS.map(([path, label]) => ({ label, href: at(path), current: path === current }));
}

const OF_SITE = [
  ['', 'General'],
  ['/subnets', 'Subnets'],
  ['/servers', 'Package servers'],
  ['/computers', 'Computers'],
  ['/assigned', 'Assigned computers'],
] as const;

export type SitePart = (typeof OF_SITE)[number][0];

/** The parts of one site. */
export function sitePageTabs(site: Guid, current: SitePart): NonNullable<PageModel['tabs']> {
  return OF_SITE.map(([below, label]) => ({ label, href: at(`/sites/${site}${below}`), current: below === current }));
}

export const sitesCrumb = { label: 'Sites', href: at('/sites') };
export const subnetsCrumb = { label: 'Subnets', href: at('/sites/subnets') };

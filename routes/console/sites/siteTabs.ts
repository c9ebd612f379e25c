/** The parts of site management, as tabs. */
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

export const sitesCrumb = { label: 'Sites', href: at('/sites') };
export const subnetsCrumb = { label: 'Subnets', href: at('/sites/subnets') };

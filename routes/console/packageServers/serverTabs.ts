import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';

const TABS = [
  ['/package-servers', 'Package servers'],
  ['/package-servers/settings', 'Settings for all'],
  ['/package-servers/map', 'Map of sites'],
] as const;

export function serverTabs(current: (typeof TABS)[number][0]): NonNullable<PageModel['tabs']> {
  return TABS.map(([path, label]) => ({ label, href: at(path), current: path === current }));
}

export const serversCrumb = { label: 'Package servers', href: at('/package-servers') };

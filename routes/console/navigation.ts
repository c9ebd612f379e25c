/** The console's places, in the order of the navigation. */
import type { Attention } from '../../models/metrics/attention.ts';
import { at } from './paths.ts';

interface Place {
  path: string;
  label: string;
  icon: string;
  /** Second key after `g`. */
  key?: string;
  /** How many things here need attention, and what they are. */
  badge?: (attention: Attention) => { count: number; what: string };
}

const GROUPS: readonly { label?: string; places: readonly Place[] }[] = [
  {
    places: [
      { path: '/', label: 'Home', icon: 'home', key: 'h' },
      {
        path: '/computers',
        label: 'Computers',
        icon: 'computer',
        key: 'c',
        badge: ({ silentAgents }) => ({ count: silentAgents, what: 'silent' }),
      },
      {
        path: '/duplicates',
        label: 'Duplicates',
        icon: 'merge',
        key: 'w',
        badge: ({ openConflicts }) => ({ count: openConflicts, what: 'open' }),
      },
      { path: '/recycle-bin', label: 'Recycle bin', icon: 'trash', key: 'y' },
      { path: '/resources', label: 'Users and assets', icon: 'asset', key: 'v' },
    ],
  },
  {
    label: 'Software',
    places: [
      {
        path: '/packages',
        label: 'Packages',
        icon: 'package',
        key: 'p',
        badge: ({ failingPackages }) => ({ count: failingPackages, what: 'with a problem' }),
      },
      { path: '/policies', label: 'Policies', icon: 'policy', key: 'o' },
      { path: '/deliveries', label: 'Deliveries', icon: 'delivery', key: 'd' },
    ],
  },
  {
    label: 'Site management',
    places: [
      { path: '/sites', label: 'Sites and subnets', icon: 'site', key: 's' },
      {
        path: '/package-servers',
        label: 'Package servers',
        icon: 'server',
        key: 'z',
        badge: ({ packageServers }) => ({ count: packageServers.troubled, what: 'silent or not reachable' }),
      },
    ],
  },
  {
    label: 'Events',
    places: [
      { path: '/events', label: 'Event queues', icon: 'queue', key: 'e' },
      {
        path: '/events/bad',
        label: 'Bad events',
        icon: 'alert',
        key: 'b',
        badge: ({ badEvents }) => ({ count: badEvents, what: 'kept' }),
      },
      { path: '/producers', label: 'Producers', icon: 'sort-down', key: 'n' },
      { path: '/data-classes', label: 'Data classes', icon: 'columns', key: 'f' },
      { path: '/events/senders', label: 'Allowed senders', icon: 'check' },
    ],
  },
  { label: 'Reports', places: [{ path: '/reports', label: 'Reports', icon: 'report', key: 'm' }] },
  {
    label: 'Settings',
    places: [
      {
        path: '/registration',
        label: 'Registration',
        icon: 'key',
        key: 'r',
        badge: ({ pendingRegistrations }) => ({ count: pendingRegistrations, what: 'pending' }),
      },
      { path: '/users', label: 'Users and roles', icon: 'user', key: 'u' },
      { path: '/settings', label: 'Settings', icon: 'settings', key: 't' },
      { path: '/retention', label: 'Retention', icon: 'clock', key: 'k' },
      { path: '/audit', label: 'Audit log', icon: 'audit', key: 'a' },
      { path: '/health', label: 'Health', icon: 'health', key: 'l' },
    ],
  },
];

export interface NavigationGroup {
  label: string | undefined;
  places: {
    href: string;
    label: string;
    icon: string;
    key: string | undefined;
    current: boolean;
    badge: string;
    badgeTitle: string;
  }[];
}

/** @param path the page's path below the console, for example `/events/bad` */
export function navigation(path: string, attention: Attention | undefined): NavigationGroup[] {
  const current = currentPlace(path);
  return GROUPS.map(({ label, places }) => ({
    label,
    places: places.map((place) => {
      const badge = attention && place.badge?.(attention);
      const shown = badge !== undefined && badge.count > 0;
      return {
        href: at(place.path),
        label: place.label,
        icon: place.icon,
        key: place.key,
        current: place.path === current,
        badge: shown ? shortCount(badge.count) : '',
        badgeTitle: shown ? `${badge.count} ${badge.what}` : '',
      };
    }),
  }));
}

/** The longest place that the path lies in: `/events/bad` is not `/events`. */
function currentPlace(path: string): string | undefined {
  if (path === '/' || path === '') return '/';
  return GROUPS.flatMap(({ places }) => places.map((place) => place.path))
    .filter((place) => place !== '/' && (path === place || path.startsWith(`${place}/`)))
    .sort((one, other) => other.length - one.length)[0];
}

function shortCount(count: number): string {
  return count < 1000 ? String(count) : `${Math.floor(count / 1000)}k`;
}

import { at } from '../paths.ts';

type Tab = 'rules' | 'runs' | 'space';

const TABS: readonly { name: Tab; label: string; path: string }[] = [
  { name: 'rules', label: 'Rules', path: '/retention' },
  { name: 'runs', label: 'Purge runs', path: '/retention/runs' },
  { name: 'space', label: 'Space and growth', path: '/retention/space' },
];

export const retentionTabs = (current: Tab) =>
  TABS.map(({ name, label, path }) => ({ label, href: at(path), current: name === current }));

export const retentionCrumb = { label: 'Retention', href: at('/retention') };

import { at } from '../paths.ts';

const TABS = [
  { key: 'settings', label: 'Settings', path: '/settings' },
  { key: 'keys', label: 'Signing keys', path: '/settings/signing-keys' },
] as const;

export const settingsTabs = (current: (typeof TABS)[number]['key']) =>
  TABS.map(({ key, label, path }) => ({ label, href: at(path), current: key === current }));

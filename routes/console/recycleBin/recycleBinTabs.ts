import { at } from '../paths.ts';

export const recycleBinTabs = (current: 'bin' | 'rules' | 'due') => [
  { label: 'Deleted computers', href: at('/recycle-bin'), current: current === 'bin' },
  { label: 'Rules', href: at('/recycle-bin/rules'), current: current === 'rules' },
  { label: 'Due next', href: at('/recycle-bin/due'), current: current === 'due' },
];

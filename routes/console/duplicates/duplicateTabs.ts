import { at } from '../paths.ts';

export const duplicateTabs = (current: 'conflicts' | 'changes') => [
  { label: 'Conflicts', href: at('/duplicates'), current: current === 'conflicts' },
  { label: 'Merges and splits', href: at('/duplicates/changes'), current: current === 'changes' },
];

export const duplicatesCrumb = { label: 'Duplicates', href: at('/duplicates') };

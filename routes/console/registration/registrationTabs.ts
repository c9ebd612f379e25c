/** The three parts of registration, as tabs. */
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';

const TABS = [
  ['/registration', 'Requests'],
  ['/registration/tokens', 'Enrolment tokens'],
  ['/registration/rules', 'Rules'],
] as const;

export type RegistrationTab = (typeof TABS)[number][0];

export function registrationTabs(current: RegistrationTab): NonNullable<PageModel['tabs']> {
  return TABS.map(([path, label]) => ({ label, href: at(path), current: path === current }));
}

export const registrationCrumb = { label: 'Registration', href: at('/registration') };

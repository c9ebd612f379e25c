/** Fields of a site, for the new and the edit page. */
import type { SiteRow } from '../../../models/sites/listSites.ts';
import { FALLBACKS } from '../../../models/sites/siteInput.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { FALLBACK_LABELS } from './siteList.ts';

const SITE_FIELDS: readonly Field[] = [
  { name: 'name', label: 'Name', required: true, maxLength: 255, autocomplete: 'off' },
  { name: 'description', label: 'Description', kind: 'textarea', rows: 2, maxLength: 2000 },
  {
    name: 'fallback',
    label: 'Packages otherwise from',
    kind: 'select',
    options: FALLBACKS.map((value) => ({ value, label: FALLBACK_LABELS[value] ?? value })),
    help: 'Where computers fetch packages when no package server of the site has them.',
  },
  {
    name: 'isInternet',
    label: 'Internet site',
    kind: 'checkbox',
    help: 'For computers outside the company’s networks.',
  },
];

export const SITE_SECTIONS: readonly FieldSection[] = [{ fields: SITE_FIELDS }];

/** Raw fields, as the models read them. */
export function siteInput(values: FormValues): Record<string, unknown> {
  return {
    name: textOf(values, 'name'),
    description: textOf(values, 'description'),
    fallback: textOf(values, 'fallback'),
    isInternet: textOf(values, 'isInternet') === '1',
  };
}

export function siteValues(site: SiteRow): FormValues {
  return {
    name: site.Name,
    description: site.Description,
    fallback: site.Fallback,
    isInternet: site.IsInternet === 1 ? '1' : '',
  };
}

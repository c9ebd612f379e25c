/** Fields of a site, for the new and the edit page. */
import type { Session } from '../../../models/cmdb/types.ts';
import type { SiteRule } from '../../../models/packageServers/records.ts';
import { siteNames, type SiteRow } from '../../../models/sites/listSites.ts';
import { FALLBACKS, type SiteInput } from '../../../models/sites/siteInput.ts';
import type { Guid } from '../../../wire/guid.ts';
import { textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { FALLBACK_LABELS } from './siteList.ts';

const siteFields = (sites: readonly { Guid: Guid; Name: string }[], self?: Guid): readonly Field[] => [
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
    name: 'fallbackSiteGuid',
    label: 'Which other site',
    kind: 'select',
    options: [
      { value: '', label: 'None' },
      ...sites.filter((site) => site.Guid !== self).map(({ Guid, Name }) => ({ value: Guid, label: Name })),
    ],
    help: 'With “Another site”.',
  },
  {
    name: 'fallbackMinutes',
    label: 'After trying for',
    kind: 'number',
    min: 0,
    max: 10_080,
    unit: 'minutes',
    help: '0: at once when no package server is ready. Otherwise beside them, for agents that have tried so long.',
  },
  {
    name: 'isInternet',
    label: 'Internet site',
    kind: 'checkbox',
    help: 'For computers outside the company’s networks.',
  },
];

/** `self`: the site that is edited, which cannot fall back to itself. */
export async function siteSections(session: Session, self?: Guid): Promise<readonly FieldSection[]> {
  return [{ fields: siteFields(await siteNames(session), self) }];
}

/** Raw fields, as the models read them. */
export function siteInput(values: FormValues): Record<string, unknown> {
  return {
    name: textOf(values, 'name'),
    description: textOf(values, 'description'),
    fallback: textOf(values, 'fallback'),
    fallbackSiteGuid: textOf(values, 'fallbackSiteGuid'),
    fallbackMinutes: textOf(values, 'fallbackMinutes'),
    isInternet: textOf(values, 'isInternet') === '1',
  };
}

export function siteValues(site: SiteRow): FormValues {
  return {
    name: site.Name,
    description: site.Description,
    fallback: site.Fallback,
    fallbackSiteGuid: site.FallbackSiteGuid ?? '',
    fallbackMinutes: String(site.FallbackMinutes),
    isInternet: site.IsInternet === 1 ? '1' : '',
  };
}

/** The rule of a site with these fields, for a preview. */
export const ruleOf = (guid: Guid, fields: SiteInput): SiteRule => ({
  guid,
  name: fields.name,
  fallback: fields.fallback,
  fallbackSite: fields.fallback === 'site' ? fields.fallbackSiteGuid : null,
  fallbackMinutes: fields.fallbackMinutes,
  isInternet: fields.isInternet,
});

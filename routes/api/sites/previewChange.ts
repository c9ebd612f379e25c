import { z } from 'zod';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput } from '../../../models/fieldErrors.ts';
import { readSiteRules, type SiteRule } from '../../../models/packageServers/records.ts';
import { parseNetwork, SubnetFault } from '../../../models/sites/address.ts';
import { textOf } from '../../../models/sites/changeSubnets.ts';
import { previewChange, type ChangePreview, type SiteChange } from '../../../models/sites/previewChange.ts';
import { FALLBACKS } from '../../../models/sites/siteInput.ts';
import type { Guid } from '../../../wire/guid.ts';
import { previewDeps } from '../../sitePreview.ts';
import { guidText } from '../input.ts';
import { ok, route } from '../route.ts';

const MOST = 10_000;

const body = z.strictObject({
  subnets: z
    .array(
      z.strictObject({
        subnet: z.string().max(64),
        siteGuid: guidText.nullable().default(null),
        delete: z.boolean().default(false),
      }),
    )
    .max(MOST)
    .default([]),
  sites: z
    .array(
      z.strictObject({
        guid: guidText,
        delete: z.boolean().default(false),
        fallback: z.enum(FALLBACKS, `Choose among ${FALLBACKS.join(', ')}.`).optional(),
        fallbackSiteGuid: guidText.nullable().optional(),
      }),
    )
    .max(1000)
    .default([]),
});

export const previewSitesRoute = route({
  method: 'post',
  path: '/sites/preview',
  scope: 'write',
  summary: 'What a change of sites and subnets would do; nothing is written',
  body,
  async handle({ context, body: wanted }) {
    const change = await changeOf(context, wanted);
    return ok(previewView(await previewChange(context.cmdb, previewDeps(context), change)));
  },
});

async function changeOf(context: AppContext, { subnets, sites }: z.output<typeof body>): Promise<SiteChange> {
  // As they are in the CMDB: what is in memory may be a second behind.
  const known = await readSiteRules(context.cmdb);
  const ruleOf = (guid: Guid, field: string): SiteRule => {
    const rule = known.get(guid);
    if (rule === undefined) throw new InvalidInput([{ field, message: 'There is no such site.' }]);
    return rule;
  };
  const named = (guid: Guid, field: string) => ({ guid, name: ruleOf(guid, field).name });
  const rules = sites.flatMap((site, index) => {
    const rule = ruleOf(site.guid, `sites.${index}.guid`);
    if (site.delete) return [];
    const fallback = site.fallback ?? rule.fallback;
    const fallbackSite = fallback === 'site' ? (site.fallbackSiteGuid ?? rule.fallbackSite) : null;
    return [{ ...rule, fallback, fallbackSite }];
  });
  return {
    rules,
    goneSites: sites.filter((site) => site.delete).map(({ guid }) => guid),
    subnets: new Map(
      subnets.map(({ subnet, siteGuid, delete: isGone }, index) => [
        networkText(subnet, `subnets.${index}.subnet`),
        isGone ? 'gone' : siteGuid === null ? undefined : named(siteGuid, `subnets.${index}.siteGuid`),
      ]),
    ),
  };
}

function networkText(text: string, field: string): string {
  try {
    return textOf(parseNetwork(text));
  } catch (error) {
    if (!(error instanceof SubnetFault)) throw error;
    throw new InvalidInput([{ field, message: error.message }]);
  }
}

/** A preview as the API shows it. */
export const previewView = ({ computers, moves, first, loads, bytes, losses }: ChangePreview) => ({
  computers,
  moves,
  first,
  servers: loads,
  bytes,
  losses,
});

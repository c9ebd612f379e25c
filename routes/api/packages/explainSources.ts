import { z } from 'zod';
import { candidateLine } from '../../../models/packages/explainSources.ts';
import { addressBytes } from '../../../models/sites/address.ts';
import { explainHere } from '../../explainSources.ts';
import { survivingComputer } from '../computers/survivingComputer.ts';
import { byGuid, guidText, numberText } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

const address = z.string().refine((text) => addressBytes(text) !== undefined, 'Give an IPv4 or IPv6 address.');

export const explainSourcesRoute = route({
  method: 'get',
  path: '/packages/{guid}/sources',
  scope: 'read',
  summary: 'Where a computer, or one at an address, would be sent for a package, and why nowhere else',
  params: byGuid,
  query: z.strictObject({
    computer: guidText.optional(),
    address: address.optional(),
    minutes: numberText(0, 1_000_000).default(0),
  }),
  async handle({ context, params, query }) {
    found(context.packages.get(params.guid), 'package');
    const computer = query.computer === undefined ? undefined : await survivingComputer(context.cmdb, query.computer);
    const explained = await explainHere(context, {
      packageGuid: params.guid,
      computer,
      addresses: query.address === undefined ? undefined : [query.address],
      totalTimeMinutes: query.minutes,
    });
    const { choice, matches, distribution, xml } = explained;
    return ok({
      addresses: explained.addresses,
      site: choice.site.site ?? null,
      places: matches.map(({ reason }) => reason),
      distribution,
      fallback: choice.fallback,
      status: choice.status,
      statusDescription: choice.statusDescription,
      sources: choice.candidates.map((candidate) => ({ ...candidateLine(candidate), offered: candidate.offered })),
      xml,
    });
  },
});

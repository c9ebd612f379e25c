import { z } from 'zod';
import { addressBytes } from '../../../models/sites/address.ts';
import { ok, route } from '../route.ts';

const address = z.string().refine((text) => addressBytes(text) !== undefined, 'Give an IPv4 or IPv6 address.');

export const siteOfAddressRoute = route({
  method: 'get',
  path: '/sites/of/{address}',
  scope: 'read',
  summary: 'The site that an address belongs to, and why',
  params: z.strictObject({ address }),
  handle({ context, params }) {
    const { site, subnet, reason } = context.sites.siteOf(params.address);
    return ok({ address: params.address, site: site ?? null, subnet: subnet ?? null, reason });
  },
});

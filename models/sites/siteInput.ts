/** What can be set on sites and subnets, checked: one schema for the console, the API and the command line. */
import { z } from 'zod';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { choice, flag, line, paragraph, requiredLine, wholeNumber } from '../fieldTypes.ts';
import { parseNetwork, SubnetFault } from './address.ts';

/** Where an agent fetches packages when no server of its site has them: from this server, another site's, nowhere. */
export const FALLBACKS = ['server', 'site', 'none'] as const;

const siteGuid = z.preprocess(
  (value) => value ?? '',
  z.string('Choose a site.').transform((text, context): Guid | null => {
    if (text.trim() === '') return null;
    const guid = parseGuid(text);
    if (guid !== undefined) return guid;
    context.addIssue('Choose a site.');
    return z.NEVER;
  }),
);

export const siteInput = z.object({
  name: requiredLine(255, 'Enter a name.'),
  description: paragraph(2000).default(''),
  /** For computers outside the company's networks. */
  isInternet: flag(false),
  fallback: choice(FALLBACKS, 'server'),
  /** With `site`. */
  fallbackSiteGuid: siteGuid,
  /** Minutes that an agent must have tried before; 0: at once when no package server is ready. */
  fallbackMinutes: wholeNumber(0, 10_080, 0),
});

export type SiteInput = z.output<typeof siteInput>;

export const subnetInput = z.object({
  /** `10.1.0.0/16`, `10.1.0.0/255.255.0.0` or `2001:db8::/32`. */
  subnet: requiredLine(64, 'Enter a subnet.').transform((text, context) => {
    try {
      return parseNetwork(text);
    } catch (error) {
      if (!(error instanceof SubnetFault)) throw error;
      context.addIssue(error.message);
      return z.NEVER;
    }
  }),
  name: line(255).default(''),
  /** Empty or null: no site. */
  siteGuid,
});

export type SubnetInput = z.output<typeof subnetInput>;

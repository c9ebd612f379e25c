/** Where agents go when no package server near them has a package: what their site says, and after how long. */
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { KnownServer } from '../packageServers/placement.ts';
import type { SiteRule } from '../packageServers/records.ts';
import type { SiteMatch } from '../sites/siteIndex.ts';
import type { Sources } from './codebases.ts';

export type Rule = Omit<SiteRule, 'guid'>;

/** Where no site rules: the Notification Server, at once. */
const NO_RULE: Rule = { name: 'no site', fallback: 'server', fallbackSite: null, fallbackMinutes: 0 };

/** The rule of the agent's first site; package servers have one of their own. */
export function ruleFor({ servers }: Pick<Sources, 'servers'>, site: SiteMatch): Rule {
  return (site.site && servers.placement.sites.get(site.site.guid)) ?? NO_RULE;
}

export type Patience = 'early' | 'late' | 'tooLate';

/** Which limits of time the agent has passed: with the places, all that the choice rests on. */
export function patience(sources: Pick<Sources, 'servers'>, site: SiteMatch, minutes: number): Patience {
  const { maxTryingMinutes } = sources.servers.placement.settings;
  // "If greater than MaxAgentDownloadTryingTimeMins" (KB 179445).
  if (maxTryingMinutes > 0 && minutes > maxTryingMinutes) return 'tooLate';
  return minutes >= ruleFor(sources, site).fallbackMinutes ? 'late' : 'early';
}

export interface Fallback {
  rule: Rule;
  /** Its package servers are candidates, in this order. */
  site: readonly KnownServer[];
  siteReason: string;
  /** Those of the Notification Server's own site, too. */
  offersOwnSite: boolean;
  offersServer: boolean;
  serverReason: string;
  /** `Package/@statusDescription` when nothing is offered. */
  nothing: string;
  sentence: string;
}

/** `isNear`: a package server of the agent's own places is offered. */
export function fallbackOf(
  sources: Pick<Sources, 'servers'>,
  site: SiteMatch,
  totalTimeMinutes: number,
  isNear: boolean,
): Fallback {
  const rule = ruleFor(sources, site);
  const when = patience(sources, site, totalTimeMinutes);
  // With a time to wait, the fallback comes beside what is near; without one, only when nothing is.
  const isDue = rule.fallbackMinutes > 0 ? when !== 'early' : !isNear;
  return {
    rule,
    ...fallbackSite(sources.servers, rule, isDue),
    offersOwnSite: when === 'tooLate',
    offersServer: (rule.fallback === 'server' && isDue) || when === 'tooLate',
    serverReason: serverReason(rule, { isDue, isNear, when }),
    nothing: nothingReady(rule),
    sentence: sentenceOf(rule),
  };
}

/** "Constrained" ones fetch from servers of their own site only, the others from this server, too (packages.md 2). */
export function fallbackOfServer({ record }: KnownServer): Fallback {
  const isFree = record.settings.IsConstrained === 0;
  const sentence = isFree
    ? 'A package server fetches from the Notification Server when no server of its site has the package.'
    : 'A constrained package server fetches from servers of its own site only.';
  const nothing = 'No other package server of the site has the package yet.';
  const none = { rule: NO_RULE, site: [], siteReason: '', offersOwnSite: false };
  return { ...none, offersServer: isFree, serverReason: sentence, nothing, sentence };
}

function fallbackSite(
  { placement: { bySite, sites } }: Pick<PackageServerIndex, 'placement'>,
  { name, fallback, fallbackSite: other }: Rule,
  isDue: boolean,
): Pick<Fallback, 'site' | 'siteReason'> {
  if (!isDue || fallback !== 'site' || other === null) return { site: [], siteReason: '' };
  const called = sites.get(other)?.name ?? 'a site that is gone';
  return { site: bySite.get(other) ?? [], siteReason: `It serves ${called}, the fallback of ${name}.` };
}

function serverReason(
  rule: Rule,
  { isDue, isNear, when }: { isDue: boolean; isNear: boolean; when: Patience },
): string {
  if (when === 'tooLate') return 'The agent has tried for longer than the longest time that is set for all sites.';
  if (rule.fallback === 'none') return `Agents of ${rule.name} are offered nothing but its package servers.`;
  if (rule.fallback === 'site') return `The fallback of ${rule.name} is another site.`;
  if (isDue && rule.fallbackMinutes > 0) return `The agent has tried for ${minutesOf(rule)} or more.`;
  if (isDue) return `The Notification Server is the fallback of ${rule.name}, and no package server is ready.`;
  if (isNear && rule.fallbackMinutes === 0) return 'A package server is ready: the Notification Server is not needed.';
  return `The fallback of ${rule.name} comes after ${minutesOf(rule)} of trying.`;
}

function nothingReady(rule: Rule): string {
  const { name, fallback, fallbackMinutes } = rule;
  const later = fallback === 'none' || fallbackMinutes === 0 ? '' : ` The fallback comes after ${minutesOf(rule)}.`;
  return `No package server for ${name} has the package yet.${later}`;
}

function sentenceOf(rule: Rule): string {
  const { name, fallback, fallbackMinutes } = rule;
  if (fallback === 'none') return `${name}: no fallback.`;
  const where = fallback === 'site' ? 'the package servers of another site' : 'the Notification Server';
  const when = fallbackMinutes === 0 ? 'at once when no package server is ready' : `after ${minutesOf(rule)}`;
  return `${name}: ${where}, ${when}.`;
}

const minutesOf = ({ fallbackMinutes }: Rule): string =>
  fallbackMinutes === 1 ? '1 minute' : `${fallbackMinutes} minutes`;

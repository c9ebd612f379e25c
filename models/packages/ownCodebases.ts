/** The Notification Server's own codebases: its files over HTTPS and HTTP, and the share that a package comes from. */
import type { OwnSchemes } from '../packageServers/withoutSource.ts';
import type { ServiceSettings } from '../packageServers/serviceSettings.ts';
import type { CatalogueEntry } from './catalogue.ts';
import type { CodebaseCandidate } from './codebases.ts';

/** GenerateNSHTTPSPackageCodebases and GenerateNSHTTPPackageCodebases. */
export function ownBases(settings: ServiceSettings, { https, http }: OwnSchemes): string[] {
  const { offerHttps, offerHttp } = settings;
  const isHttpOffered = offerHttp === 'always' || (offerHttp === 'alone' && https === undefined);
  return [offerHttps ? https : undefined, isHttpOffered ? http : undefined].filter((url) => url !== undefined);
}

/**
 * GenerateNSUNCPackageCodebases: the source folder as it is, where it is a share. It may be ahead of the snapshot, which
 * an agent notices by the hashes.
 */
export function ownShare({ offerUnc }: ServiceSettings, entry: CatalogueEntry | undefined): string {
  return offerUnc ? (entry?.uncSource ?? '') : '';
}

export function ownCandidate(
  bases: readonly string[],
  unc: string,
  offered: boolean,
  reason: string,
): CodebaseCandidate {
  const isMute = offered && bases.length === 0 && unc === '';
  return {
    source: 'server',
    baseUrl: bases[0] ?? unc,
    offered: offered && !isMute,
    reason: isMute ? "The Notification Server's own codebases are switched off for every scheme it serves." : reason,
    tier: 'server',
    bases: bases.map((url) => ({ url, pin: '' })),
    unc,
  };
}

/**
 * Where an agent may fetch a package from, in order, each place with the reason why it is offered or not. The places are
 * chosen for the agent's site; this server offers itself to every site until package servers stand in them.
 */
import type { SiteMatch } from '../sites/siteIndex.ts';
import type { CatalogueEntry } from './catalogue.ts';

export interface CodebaseCandidate {
  /** Whose files these are. */
  source: 'server';
  /** Base address of that server, no trailing slash. */
  baseUrl: string;
  offered: boolean;
  /** One sentence for the Explain page. */
  reason: string;
}

export interface CodebaseChoice {
  site: SiteMatch;
  /** In the order in which the agent is to try them; those that are not offered are kept for the explanation. */
  candidates: CodebaseCandidate[];
  /** `Package/@status`: `valid`, or `notready` when nothing can be offered. */
  status: 'valid' | 'notready';
  statusDescription: string;
}

export function chooseCodebases(entry: CatalogueEntry | undefined, site: SiteMatch, publicUrl: string): CodebaseChoice {
  const obstacle = obstacleOf(entry);
  const where = site.site === undefined ? 'no site' : `site ${site.site.name}`;
  const candidate: CodebaseCandidate = {
    source: 'server',
    baseUrl: publicUrl,
    offered: obstacle === undefined,
    reason: obstacle ?? `The Notification Server offers its packages to every site; the agent is in ${where}.`,
  };
  return {
    site,
    candidates: [candidate],
    status: obstacle === undefined ? 'valid' : 'notready',
    statusDescription: obstacle ?? 'valid',
  };
}

/** Why nothing can be offered, whatever the site. */
function obstacleOf(entry: CatalogueEntry | undefined): string | undefined {
  if (entry === undefined) return 'There is no such package.';
  if (!entry.isEnabled) return 'The package is switched off.';
  if (entry.version === undefined) return 'No snapshot of the package has been published.';
  return undefined;
}

/**
 * "Which sources would this computer be offered for that package, and why?" The very answer that GetPackageInfo would
 * give, with everything that was not chosen. Tokens are left out: the explanation is for people.
 */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import { attributeTime } from '../clock.ts';
import { guidParam, type Session } from '../cmdb/types.ts';
import { MODE_WORDS } from '../packageServers/distribution.ts';
import type { PackageServerIndex } from '../packageServers/packageServerIndex.ts';
import type { SiteIndex, SiteMatch } from '../sites/siteIndex.ts';
import type { PackageCatalogue } from './catalogue.ts';
import type { CodebaseCandidate, CodebaseChoice } from './codebases.ts';
import type { PackageInfoWriter } from './packageInfo.ts';

export interface SourceQuestion {
  packageGuid: Guid;
  /** A computer, or just an address; with both, the computer at that address. */
  computer?: Guid | undefined;
  addresses?: readonly string[] | undefined;
  /** Minutes that the agent says it has been trying. */
  totalTimeMinutes: number;
}

export interface SourceExplanation {
  packageName: string | undefined;
  addresses: readonly string[];
  /** One for each site that was given by hand, and for each address. */
  matches: readonly SiteMatch[];
  /** Who is to hold the package, in words. */
  distribution: string;
  choice: CodebaseChoice;
  /** The `Package` element, with asterisks where tokens stand. */
  xml: string;
}

export interface ExplainDeps {
  packages: Pick<PackageCatalogue, 'get'>;
  sites: Pick<SiteIndex, 'placesOf'>;
  packageServers: PackageServerIndex;
  writer: PackageInfoWriter;
  now: number;
}

/** Stands for an address alone: a computer that the server does not know. */
const NOBODY = '00000000-0000-0000-0000-000000000000' as Guid;
const HIDDEN = '***';

export async function explainSources(
  session: Session,
  { packages, sites, packageServers, writer, now }: ExplainDeps,
  question: SourceQuestion,
): Promise<SourceExplanation> {
  const { packageGuid, computer, totalTimeMinutes } = question;
  const addresses = question.addresses ?? (computer === undefined ? [] : await addressesOf(session, computer));
  const places = sites.placesOf(computer, addresses);
  const caller = {
    guid: computer ?? NOBODY,
    time: attributeTime(now),
    places,
    totalTimeMinutes,
    tokenFor: () => HIDDEN,
    serverTokenFor: () => HIDDEN,
  };
  const entry = packages.get(packageGuid);
  return {
    packageName: entry?.name,
    addresses,
    matches: places.matches,
    distribution: MODE_WORDS[packageServers.distributionOf(packageGuid).mode],
    choice: writer.explain(entry, caller),
    xml: writer.write(packageGuid, entry, caller),
  };
}

/** What the computer's agent would name: the addresses of its inventory, else the one that it last called from. */
async function addressesOf({ db }: Session, computer: Guid): Promise<string[]> {
  const row = await db
    .selectFrom('Computer as c')
    .leftJoin('ComputerContact as t', 't.ResourceGuid', 'c.ResourceGuid')
    .select(['c.IpAddress', 't.LastAddress'])
    .where('c.ResourceGuid', '=', computer)
    .executeTakeFirst();
  const { rows } = await sql<{ address: string | null }>`
    SELECT [IP Address] AS address FROM Inv_AeX_AC_TCPIP WHERE _ResourceGuid = ${guidParam(computer)} ORDER BY _id`.execute(
    db,
  );
  const known = [row?.IpAddress, ...rows.map(({ address }) => address)].filter((address) => Boolean(address));
  return known.length > 0 ? [...new Set(known as string[])] : row?.LastAddress ? [row.LastAddress] : [];
}

const USUAL_SHARE = 100;

/** One line a candidate, as console, API and command line show it. */
export function candidateLine({ server, bases, unc, reason }: CodebaseCandidate): CandidateLine {
  const share = server?.record.settings.Share;
  return {
    name: server?.name ?? 'Notification Server',
    addresses: [...bases.map(({ url }) => url), ...(unc === '' ? [] : [unc])],
    reason: share === undefined || share === USUAL_SHARE ? reason : `${reason} Its share is ${share}.`,
  };
}

export interface CandidateLine {
  name: string;
  addresses: string[];
  reason: string;
}

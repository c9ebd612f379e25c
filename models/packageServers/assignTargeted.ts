/**
 * Automatic assignment ahead of requests: "at package refresh or Update Distribution Points the package is assigned to the
 * sites of all computers targeted by a policy that needs it" (HOWTO63094).
 */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { assignSite } from './distribution.ts';

/** Assigns every package that goes by demand to the sites that need it; answers how many assignments were new. */
export async function assignTargeted(cmdb: Cmdb, clock: Clock): Promise<number> {
  let count = 0;
  for (const { packageGuid, siteGuid } of await neededSites(cmdb)) {
    if (await assignSite(cmdb, clock, packageGuid, siteGuid)) count++;
  }
  return count;
}

interface Need {
  packageGuid: Guid;
  siteGuid: Guid;
}

/** Sites with a computer that an enabled policy with such a package targets, and that are not assigned yet. */
async function neededSites({ db }: Session): Promise<Need[]> {
  const policies = db
    .selectFrom('Policy as p')
    .innerJoin('PackageDistribution as d', 'd.PackageGuid', 'p.PackageGuid')
    .innerJoin('PolicyTarget as pt', 'pt.PolicyGuid', 'p.Guid')
    .innerJoin('Target as t', 't.Guid', 'pt.TargetGuid')
    .where('d.Mode', '=', 'automatic')
    .where('p.IsEnabled', '=', 1);
  const named = await policies
    .where('t.Kind', '<>', 'all')
    .innerJoin('TargetMember as m', 'm.TargetGuid', 't.Guid')
    .innerJoin('Computer as c', 'c.ResourceGuid', 'm.ResourceGuid')
    .where('c.SiteGuid', 'is not', null)
    .select(['d.PackageGuid', 'c.SiteGuid'])
    .distinct()
    .execute();
  const forAll = await policies.where('t.Kind', '=', 'all').select('d.PackageGuid').distinct().execute();
  const inhabited = await db
    .selectFrom('Computer')
    .select('SiteGuid')
    .where('SiteGuid', 'is not', null)
    .distinct()
    .execute();
  const wanted = [
    ...named,
    ...forAll.flatMap(({ PackageGuid }) => inhabited.map(({ SiteGuid }) => ({ PackageGuid, SiteGuid }))),
  ];
  const rows = await db.selectFrom('PackageDistributionSite').select(['PackageGuid', 'SiteGuid']).execute();
  const assigned = new Set(rows.map(({ PackageGuid, SiteGuid }) => `${PackageGuid} ${SiteGuid}`));
  return wanted
    .filter(({ PackageGuid, SiteGuid }) => !assigned.has(`${PackageGuid} ${SiteGuid}`))
    .map(({ PackageGuid, SiteGuid }) => ({ packageGuid: PackageGuid, siteGuid: SiteGuid! }));
}

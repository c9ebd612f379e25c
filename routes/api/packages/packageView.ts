import type { AppContext } from '../../../app/context.ts';
import { packageReadiness, type PackageReadiness } from '../../../models/packageServers/packageReadiness.ts';
import { getPackage } from '../../../models/packages/getPackage.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import type { Guid } from '../../../wire/guid.ts';
import { camelCase, type CamelCase } from '../json.ts';
import { found } from '../problem.ts';

const NOWHERE: PackageReadiness = { ready: 0, assigned: 0, holding: 0 };

/** Packages as the API spells them; beside each how many package servers have it: `{ ready, assigned, holding }`. */
export function withReadiness<Row extends { Guid: Guid }>(
  { packages, packageServers }: AppContext,
  rows: readonly Row[],
): (CamelCase<Row> & { servers: PackageReadiness })[] {
  return rows.map((row) => {
    const entry = packages.get(row.Guid);
    const servers = entry === undefined ? NOWHERE : packageReadiness(entry, packageServers);
    return { ...camelCase(row), servers };
  });
}

/** A package as the API shows it. @throws Problem 404 */
export async function packageView(session: Session, guid: Guid) {
  const { snapshot, ...detail } = found(await getPackage(session, guid), 'package');
  const problemSince = detail.FailureCount > 0 ? detail.ProblemSince : null;
  return { ...camelCase(detail), problemSince, snapshot: snapshot === undefined ? null : camelCase(snapshot) };
}

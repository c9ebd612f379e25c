/** One policy: what its page and its form show. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { AD_HOC, type TargetKind } from '../targets/targetStore.ts';
import { computersOf } from './computersOf.ts';
import { countDeliveries, NO_DELIVERIES, type DeliveryCounts } from './deliveryCounts.ts';
import { readSettings, type PolicyKind, type SettingsOf } from './settings.ts';

interface PolicyCommon {
  guid: Guid;
  name: string;
  description: string;
  isEnabled: boolean;
  /** Counts changes; a form hands it back, so that nobody overwrites what he has not seen. */
  version: number;
  createdAt: Utc;
  createdBy: string;
  modifiedAt: Utc;
  modifiedBy: string;
  packageGuid: Guid | null;
  packageName: string | null;
  programGuid: Guid | null;
  programName: string | null;
  /** Named targets. */
  targets: { guid: Guid; name: string; kind: TargetKind }[];
  /** The list of "these computers" that the policy has for itself: `listMembers` reads it. */
  ownList: Guid | undefined;
  /** Managed computers that it applies to, while it is switched on. */
  computers: number;
  deliveries: DeliveryCounts;
}

/** A policy with the settings of its kind. */
export type Policy<K extends PolicyKind = PolicyKind> = {
  [Kind in K]: PolicyCommon & { kind: Kind; settings: SettingsOf<Kind> };
}[K];

export async function getPolicy(session: Session, guid: Guid): Promise<Policy | undefined> {
  const row = await session.db
    .selectFrom('Policy as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .leftJoin('Item as k', 'k.Guid', 'p.PackageGuid')
    .leftJoin('Program as g', 'g.Guid', 'p.ProgramGuid')
    .select(['i.Name', 'i.Description', 'i.CreatedAt', 'i.CreatedBy', 'i.ModifiedAt', 'i.ModifiedBy'])
    .select(['p.Kind', 'p.IsEnabled', 'p.Version', 'p.Settings', 'p.PackageGuid', 'p.ProgramGuid'])
    .select(['k.Name as PackageName', 'g.Name as ProgramName'])
    .where('p.Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const targets = await targetsOf(session, guid);
  const kind = row.Kind as PolicyKind;
  return {
    guid,
    kind,
    name: row.Name,
    description: row.Description,
    isEnabled: row.IsEnabled === 1,
    version: row.Version,
    createdAt: row.CreatedAt,
    createdBy: row.CreatedBy,
    modifiedAt: row.ModifiedAt,
    modifiedBy: row.ModifiedBy,
    packageGuid: row.PackageGuid,
    packageName: row.PackageName,
    programGuid: row.ProgramGuid,
    programName: row.ProgramName,
    settings: readSettings(kind, row.Settings),
    targets: targets
      .filter(({ isAdHoc }) => !isAdHoc)
      .map(({ guid: target, name, kind: targetKind }) => ({ guid: target, name, kind: targetKind })),
    ownList: targets.find(({ isAdHoc }) => isAdHoc)?.guid,
    computers: await computersOf(session, [guid]),
    deliveries: (await countDeliveries(session, [guid])).get(guid) ?? NO_DELIVERIES,
  } as Policy;
}

async function targetsOf(
  { db }: Session,
  policy: Guid,
): Promise<{ guid: Guid; name: string; kind: TargetKind; isAdHoc: boolean }[]> {
  const rows = await db
    .selectFrom('PolicyTarget as p')
    .innerJoin('Target as t', 't.Guid', 'p.TargetGuid')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select(['t.Guid', 'i.Name', 't.Kind', 'i.Attributes'])
    .where('p.PolicyGuid', '=', policy)
    .orderBy('i.Name')
    .execute();
  return rows.map((row) => ({
    guid: row.Guid,
    name: row.Name,
    kind: row.Kind as TargetKind,
    isAdHoc: row.Attributes === AD_HOC,
  }));
}

/** What the policy index keeps of policies, packages and targets, as it reads them from the CMDB. */
import type { Guid } from '../../wire/guid.ts';
import type { ProgramTable } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import type { PolicyKind } from './settings.ts';

export interface PolicyRecord {
  guid: Guid;
  name: string;
  kind: PolicyKind;
  isEnabled: boolean;
  packageGuid: Guid | null;
  programGuid: Guid | null;
  /** JSON, see settings.ts. */
  settings: string;
  targets: Guid[];
}

export interface PackageRecord {
  guid: Guid;
  name: string;
  isEnabled: boolean;
  /** No source files: its programs are command lines only. */
  isCommandLineOnly: boolean;
  versionText: string;
  cleanupAfterMinutes: number;
  priority: string;
  /** Newest published snapshot. */
  version: number | null;
  programs: Map<Guid, ProgramTable>;
}

export interface TargetRecord {
  guid: Guid;
  name: string;
  /** Every computer belongs to it; `members` is empty then. */
  isForAll: boolean;
  members: Set<Guid>;
}

/** All policies, or the one. */
export async function readPolicies(session: Session, only?: Guid): Promise<PolicyRecord[]> {
  let policies = session.db
    .selectFrom('Policy as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select(['p.Guid', 'i.Name', 'p.Kind', 'p.IsEnabled', 'p.PackageGuid', 'p.ProgramGuid', 'p.Settings']);
  let targets = session.db.selectFrom('PolicyTarget').select(['PolicyGuid', 'TargetGuid']);
  if (only !== undefined) {
    policies = policies.where('p.Guid', '=', only);
    targets = targets.where('PolicyGuid', '=', only);
  }
  const byPolicy = Map.groupBy(await targets.execute(), ({ PolicyGuid }) => PolicyGuid);
  return (await policies.execute()).map((row) => ({
    guid: row.Guid,
    name: row.Name,
    kind: row.Kind as PolicyKind,
    isEnabled: row.IsEnabled === 1,
    packageGuid: row.PackageGuid,
    programGuid: row.ProgramGuid,
    settings: row.Settings,
    targets: (byPolicy.get(row.Guid) ?? []).map(({ TargetGuid }) => TargetGuid),
  }));
}

export async function readPackage(session: Session, guid: Guid): Promise<PackageRecord | undefined> {
  const row = await session.db
    .selectFrom('Package as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select([
      'i.Name',
      'p.IsEnabled',
      'p.SourceKind',
      'p.VersionText',
      'p.CleanupAfterMinutes',
      'p.Priority',
      'p.CurrentVersion',
    ])
    .where('p.Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const programs = await session.db.selectFrom('Program').selectAll().where('PackageGuid', '=', guid).execute();
  return {
    guid,
    name: row.Name,
    isEnabled: row.IsEnabled === 1,
    isCommandLineOnly: row.SourceKind === 'none',
    versionText: row.VersionText,
    cleanupAfterMinutes: row.CleanupAfterMinutes,
    priority: row.Priority,
    version: row.CurrentVersion,
    programs: new Map(programs.map((program) => [program.Guid, program])),
  };
}

export async function readTarget(session: Session, guid: Guid): Promise<TargetRecord | undefined> {
  const row = await session.db
    .selectFrom('Target as t')
    .innerJoin('Item as i', 'i.Guid', 't.Guid')
    .select(['i.Name', 't.Kind'])
    .where('t.Guid', '=', guid)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const members = await session.db
    .selectFrom('TargetMember')
    .select('ResourceGuid')
    .where('TargetGuid', '=', guid)
    .execute();
  return {
    guid,
    name: row.Name,
    isForAll: row.Kind === 'all',
    members: new Set(members.map(({ ResourceGuid }) => ResourceGuid)),
  };
}

/** The lists that a computer is in. */
export async function readListsOf(session: Session, computer: Guid): Promise<Set<Guid>> {
  const rows = await session.db
    .selectFrom('TargetMember')
    .select('TargetGuid')
    .where('ResourceGuid', '=', computer)
    .execute();
  return new Set(rows.map(({ TargetGuid }) => TargetGuid));
}

/** A package as the CMDB has it, without anything counted. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import type { PackageInput } from './packageInput.ts';
import { REMOVED } from './packageState.ts';

const COLUMNS = [
  'p.Guid',
  'i.Name',
  'i.Description',
  'p.Publisher',
  'p.Language',
  'p.VersionText',
  'p.SourceKind',
  'p.SourcePath',
  'p.IsWatched',
  'p.CleanupAfterMinutes',
  'p.Priority',
  'p.IsEnabled',
  'p.State',
  'p.StateDetail',
  'p.CurrentVersion',
  'p.FailureCount',
  'p.LastRefreshAt',
  'p.NextRefreshAt',
  'p.LastUsedAt',
  'p.Owner',
  'p.ProblemSince',
  'i.CreatedAt',
  'i.CreatedBy',
  'i.ModifiedAt',
  'i.ModifiedBy',
] as const;

export type PackageRow = NonNullable<Awaited<ReturnType<typeof readPackageRow>>>;

export async function readPackageRow(session: Session, guid: Guid) {
  return session.db
    .selectFrom('Package as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select([...COLUMNS])
    .where('p.Guid', '=', guid)
    .where('p.State', '<>', REMOVED)
    .executeTakeFirst();
}

/** The fields as they can be set: what a form shows, and what a partial change starts from. */
export function packageInputOf(row: PackageRow): PackageInput {
  return {
    name: row.Name,
    description: row.Description,
    publisher: row.Publisher,
    language: row.Language,
    versionText: row.VersionText,
    sourceKind: row.SourceKind as PackageInput['sourceKind'],
    sourcePath: row.SourcePath,
    isWatched: row.IsWatched === 1,
    cleanupAfterMinutes: row.CleanupAfterMinutes,
    priority: row.Priority as PackageInput['priority'],
    isEnabled: row.IsEnabled === 1,
    owner: row.Owner,
  };
}

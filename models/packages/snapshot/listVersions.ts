/** The versions of a package that are kept, with the reason why each is. */
import type { Guid } from '../../../wire/guid.ts';
import type { Clock } from '../../clock.ts';
import type { Session } from '../../cmdb/types.ts';
import { listSnapshots, type SnapshotRow } from '../getPackage.ts';
import { readNeeds, type KeepRule, type SnapshotNeed } from './snapshotNeeds.ts';

export interface PackageVersion extends SnapshotRow {
  isCurrent: boolean;
  /** What keeps an older one; empty: it goes at the next cleaning. */
  needs: SnapshotNeed[];
}

/** Newest first; at most 100. */
export async function listVersions(
  session: Session,
  clock: Clock,
  rule: KeepRule,
  guid: Guid,
): Promise<PackageVersion[]> {
  const snapshots = await listSnapshots(session, guid);
  const old = snapshots.flatMap(({ Version, RetiredAt, LastUsedAt }) =>
    RetiredAt === null ? [] : [{ packageGuid: guid, version: Version, retiredAt: RetiredAt, lastUsedAt: LastUsedAt }],
  );
  const { needsOf } = await readNeeds(session, clock, rule, old);
  return snapshots.map((snapshot) => ({
    ...snapshot,
    isCurrent: snapshot.RetiredAt === null,
    needs: needsOf(guid, snapshot.Version),
  }));
}

/** One need in a sentence without its end; whoever shows it adds `until`. */
export function needText({ kind, count, example }: SnapshotNeed): string {
  const others = count > 1 ? ` and ${count - 1} more` : '';
  switch (kind) {
    case 'retention':
      return 'Whoever has begun to fetch it can end.';
    case 'policy':
      return `By a policy, ${example}${others} ${count > 1 ? 'have' : 'has'} begun with it and ${count > 1 ? 'are' : 'is'} not through.`;
    case 'packageServer':
      return `${example}${others} ${count > 1 ? 'have' : 'has'} no newer version yet.`;
    case 'agent':
      return 'An agent has asked for it lately.';
  }
}

/**
 * Why an older snapshot is kept. Derived from facts each time somebody asks: deliveries that are under way, what package
 * servers say they hold, and when an agent last asked for it. A need ends at the latest some days after the snapshot was
 * replaced, so that a machine that has died keeps nothing for ever.
 */
import type { Guid } from '../../../wire/guid.ts';
import { utc, type Clock } from '../../clock.ts';
import type { Utc } from '../../cmdb/schema.ts';
import type { Session } from '../../cmdb/types.ts';
import { DAY, HOUR } from '../durations.ts';

export interface KeepRule {
  /** For so long after it was replaced, and after an agent last asked for it. */
  retentionHours: number;
  /** The longest time after it was replaced. */
  neededDays: number;
}

/** The rule as the settings have it. */
export const keepRule = (settings: { snapshotRetentionHours: number; snapshotNeededDays: number }): KeepRule => ({
  retentionHours: settings.snapshotRetentionHours,
  neededDays: settings.snapshotNeededDays,
});

export interface SnapshotNeed {
  kind: 'retention' | 'policy' | 'packageServer' | 'agent';
  /** Computers or package servers. */
  count: number;
  /** One of them. */
  example: string;
  /** When it ends at the latest. */
  until: Utc;
}

export interface OldSnapshot {
  packageGuid: Guid;
  version: number;
  retiredAt: Utc;
  lastUsedAt: Utc | null;
}

const keyOf = (packageGuid: Guid, version: number): string => `${packageGuid} ${version}`;

/** Packages of one question. */
const BATCH = 500;

/** What needs each of them, by package and version as `needsOf` takes them; an empty list: nothing. */
export async function readNeeds(
  session: Session,
  clock: Clock,
  rule: KeepRule,
  snapshots: readonly OldSnapshot[],
): Promise<{ needsOf(packageGuid: Guid, version: number): SnapshotNeed[] }> {
  const facts = new Map<string, Fact[]>();
  const packages = [...new Set(snapshots.map(({ packageGuid }) => packageGuid))];
  for (let from = 0; from < packages.length; from += BATCH) {
    const some = packages.slice(from, from + BATCH);
    for (const fact of [...(await underWay(session, some)), ...(await heldBack(session, some))]) {
      const key = keyOf(fact.packageGuid, fact.version);
      facts.set(key, [...(facts.get(key) ?? []), fact]);
    }
  }
  const now = clock.now();
  const needs = new Map(
    snapshots.map((snapshot) => {
      const key = keyOf(snapshot.packageGuid, snapshot.version);
      return [key, needsBy(snapshot, rule, facts.get(key) ?? [], now)];
    }),
  );
  return { needsOf: (packageGuid, version) => needs.get(keyOf(packageGuid, version)) ?? [] };
}

interface Fact {
  kind: 'policy' | 'packageServer';
  packageGuid: Guid;
  version: number;
  count: number;
  example: string;
}

function needsBy(snapshot: OldSnapshot, rule: KeepRule, facts: readonly Fact[], now: number): SnapshotNeed[] {
  const retired = Date.parse(snapshot.retiredAt);
  const retention = rule.retentionHours * HOUR;
  const last = Math.max(retired + retention, retired + rule.neededDays * DAY);
  const used = snapshot.lastUsedAt === null ? 0 : Math.min(last, Date.parse(snapshot.lastUsedAt) + retention);
  const needs: SnapshotNeed[] = [
    { kind: 'retention', count: 0, example: '', until: utc(retired + retention) },
    ...facts.map(({ kind, count, example }) => ({ kind, count, example, until: utc(last) })),
    { kind: 'agent', count: 0, example: '', until: utc(used) },
  ];
  return needs.filter(({ until }) => until > utc(now));
}

/** Computers that have begun with a version by a policy that is switched on, and are not through. */
async function underWay({ db }: Session, packages: readonly Guid[]): Promise<Fact[]> {
  const rows = await db
    .selectFrom('Delivery as d')
    .innerJoin('Policy as y', (join) =>
      join.onRef('y.Guid', '=', 'd.PolicyGuid').onRef('y.PackageGuid', '=', 'd.PackageGuid').on('y.IsEnabled', '=', 1),
    )
    .innerJoin('Resource as r', 'r.Guid', 'd.ResourceGuid')
    .select((row) => [
      'd.PackageGuid',
      'd.PackageVersion',
      row.fn.countAll<number>().as('count'),
      row.fn.min('r.Name').as('example'),
    ])
    .where('d.PackageGuid', 'in', packages)
    .where('d.Status', 'in', ['received', 'downloading'])
    .where('d.PackageVersion', 'is not', null)
    .where('r.DeletedAt', 'is', null)
    .groupBy(['d.PackageGuid', 'd.PackageVersion'])
    .execute();
  return rows.map((row) => ({
    kind: 'policy',
    packageGuid: row.PackageGuid!,
    version: row.PackageVersion!,
    count: Number(row.count),
    example: row.example,
  }));
}

/** Package servers whose newest complete version it is: agents that they serve ask this server for its list. */
async function heldBack({ db }: Session, packages: readonly Guid[]): Promise<Fact[]> {
  const rows = await db
    .selectFrom('PackageHolding as h')
    .innerJoin('PackageServer as w', 'w.ResourceGuid', 'h.ResourceGuid')
    .innerJoin('Resource as r', 'r.Guid', 'h.ResourceGuid')
    .select((row) => [
      'h.PackageGuid',
      'h.HeldVersion',
      row.fn.countAll<number>().as('count'),
      row.fn.min('r.Name').as('example'),
    ])
    .where('h.PackageGuid', 'in', packages)
    .where('h.HeldVersion', 'is not', null)
    .where('w.IsEnabled', '=', 1)
    .where('r.DeletedAt', 'is', null)
    .groupBy(['h.PackageGuid', 'h.HeldVersion'])
    .execute();
  return rows.map((row) => ({
    kind: 'packageServer',
    packageGuid: row.PackageGuid,
    version: row.HeldVersion!,
    count: Number(row.count),
    example: row.example,
  }));
}

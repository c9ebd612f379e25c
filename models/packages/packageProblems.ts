/** Packages with problems: those whose source could not be read at the last look, with what is needed to decide. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { lastDelivered } from './lastDelivered.ts';
import { listPackages, type PackageListRow, type PackageQuery } from './listPackages.ts';

export interface PackageProblem extends PackageListRow {
  /** When a computer last told anything of a delivery of it; null: never, or longer ago than deliveries are kept. */
  LastDeliveredAt: Utc | null;
}

export async function listProblems(
  session: Session,
  query: PackageQuery,
): Promise<{ rows: PackageProblem[]; total: number }> {
  const { rows, total } = await listPackages(session, { ...query, problemsOnly: true });
  const delivered = await lastDelivered(
    session,
    rows.map(({ Guid }): Guid => Guid),
  );
  return { rows: rows.map((row) => ({ ...row, LastDeliveredAt: delivered.get(row.Guid) ?? null })), total };
}

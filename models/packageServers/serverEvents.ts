/** What a package server has told of its packages by events: "Codebase Enabled" and failures (packages.md section 5). */
import type { Guid } from '../../wire/guid.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface ServerEvent {
  at: string;
  packageGuid: Guid | null;
  /** Of today; null: the package is gone. */
  packageName: string | null;
  version: number | null;
  status: string;
  codebase: string;
}

export interface ServerEventQuery {
  status?: string;
  offset: number;
  limit: number;
}

/** Newest first. */
export async function listServerEvents(
  session: Session,
  server: Guid,
  { status, offset, limit }: ServerEventQuery,
): Promise<{ rows: ServerEvent[]; total: number }> {
  let events = session.db.selectFrom('PackageServerEvent as e').where('e.ResourceGuid', '=', server);
  if (status !== undefined) events = events.where('e.Status', '=', status);
  const { total } = await events.select((row) => row.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const newest = events
    .leftJoin('Item as i', 'i.Guid', 'e.PackageId')
    .select(['e.EventAt', 'e.PackageId', 'e.PackageVersion', 'e.Status', 'e.Codebase', 'i.Name'])
    .orderBy('e.EventAt', 'desc')
    .orderBy('e.Id', 'desc');
  const rows = await page(session, newest, offset, limit).execute();
  return {
    rows: rows.map((row) => ({
      at: row.EventAt,
      packageGuid: row.PackageId,
      packageName: row.Name,
      version: row.PackageVersion,
      status: row.Status,
      codebase: row.Codebase,
    })),
    total: Number(total),
  };
}

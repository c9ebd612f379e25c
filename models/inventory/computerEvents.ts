/** What a computer has told about software: its events and the state of its deliveries. */
import { sql } from 'kysely';
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import { page } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface ComputerEvent {
  kind: 'execution' | 'package';
  id: number;
  at: Utc;
  policyGuid: Guid | null;
  packageGuid: Guid | null;
  packageName: string;
  /** Of an execution; empty for a package event. */
  programName: string;
  status: string;
  returnCode: number | null;
}

/** Software-delivery events of a computer, newest first. */
export async function listComputerEvents(
  session: Session,
  computer: Guid,
  offset: number,
  limit: number,
): Promise<{ total: number; events: ComputerEvent[] }> {
  const { db } = session;
  const count = async (table: 'SwdExecution' | 'SwdPackageEvent'): Promise<number> => {
    const query = db.selectFrom(table).select((row) => row.fn.countAll<number>().as('total'));
    return Number((await query.where('ResourceGuid', '=', computer).executeTakeFirstOrThrow()).total);
  };
  const executions = db
    .selectFrom('SwdExecution')
    .where('ResourceGuid', '=', computer)
    .select([
      sql<ComputerEvent['kind']>`'execution'`.as('kind'),
      'Id as id',
      'EventAt as at',
      'AdvertisementId as policyGuid',
      'PackageId as packageGuid',
      'PackageName as packageName',
      'ProgramName as programName',
      'Status as status',
      'ReturnCode as returnCode',
    ]);
  const packages = db
    .selectFrom('SwdPackageEvent')
    .where('ResourceGuid', '=', computer)
    .select([
      sql<ComputerEvent['kind']>`'package'`.as('kind'),
      'Id as id',
      'EventAt as at',
      'AdvertisementId as policyGuid',
      'PackageId as packageGuid',
      'PackageName as packageName',
      sql<string>`''`.as('programName'),
      'Status as status',
      sql<number | null>`null`.as('returnCode'),
    ]);
  const both = db
    .selectFrom(executions.unionAll(packages).as('e'))
    .selectAll()
    .orderBy('e.at', 'desc')
    .orderBy('e.id', 'desc');
  return {
    total: (await count('SwdExecution')) + (await count('SwdPackageEvent')),
    events: await page(session, both, offset, limit).execute(),
  };
}

export interface ComputerDelivery {
  policyGuid: Guid;
  /** Empty when the policy was deleted. */
  policyName: string;
  packageGuid: Guid | null;
  packageName: string;
  packageVersion: number | null;
  status: string;
  returnCode: number | null;
  detail: string;
  updatedAt: Utc;
}

/** State of each software-delivery policy on a computer, last changed first. */
export async function listComputerDeliveries(
  session: Session,
  computer: Guid,
  offset: number,
  limit: number,
): Promise<{ total: number; deliveries: ComputerDelivery[] }> {
  const { db } = session;
  const { total } = await db
    .selectFrom('Delivery')
    .select((row) => row.fn.countAll<number>().as('total'))
    .where('ResourceGuid', '=', computer)
    .executeTakeFirstOrThrow();
  const query = db
    .selectFrom('Delivery as d')
    .leftJoin('Item as p', 'p.Guid', 'd.PolicyGuid')
    .leftJoin('Item as s', 's.Guid', 'd.PackageGuid')
    .select([
      'd.PolicyGuid as policyGuid',
      'p.Name as policyName',
      'd.PackageGuid as packageGuid',
      's.Name as packageName',
      'd.PackageVersion as packageVersion',
      'd.Status as status',
      'd.ReturnCode as returnCode',
      'd.Detail as detail',
      'd.UpdatedAt as updatedAt',
    ])
    .where('d.ResourceGuid', '=', computer)
    .orderBy('d.UpdatedAt', 'desc')
    .orderBy('d.PolicyGuid');
  const rows = await page(session, query, offset, limit).execute();
  const deliveries = rows.map((row) => ({
    ...row,
    policyName: row.policyName ?? '',
    packageName: row.packageName ?? '',
  }));
  return { total: Number(total), deliveries };
}

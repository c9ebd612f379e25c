/** When computers last told anything of a package's deliveries: its last use by a policy. */
import type { Guid } from '../../wire/guid.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { DELIVERY_STATUSES } from '../deliveries/countDeliveries.ts';

/**
 * By package; those that were never delivered are missing.
 * @param guids at most 1,000
 */
export async function lastDelivered({ db }: Session, guids: readonly Guid[]): Promise<Map<Guid, Utc>> {
  if (guids.length === 0) return new Map();
  // Status by status it is one look into the index; over all of them every delivery of the package would be read.
  const rows = await db
    .selectFrom('Package as p')
    .select('p.Guid')
    .select((row) =>
      DELIVERY_STATUSES.map((status) =>
        row
          .selectFrom('Delivery as d')
          .select((delivery) => delivery.fn.max('d.UpdatedAt').as('At'))
          .whereRef('d.PackageGuid', '=', 'p.Guid')
          .where('d.Status', '=', status)
          .as(status),
      ),
    )
    .where('p.Guid', 'in', guids)
    .execute();
  return new Map(
    rows.flatMap(({ Guid, ...times }): [Guid, Utc][] => {
      const latest = Object.values(times as Record<string, Utc | null>)
        .filter((at) => at !== null)
        .sort()
        .at(-1);
      return latest === undefined ? [] : [[Guid, latest]];
    }),
  );
}

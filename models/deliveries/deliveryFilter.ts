/** Which deliveries: the same conditions for their list, their counts and their charts. */
import { expressionBuilder, type Expression, type SqlBool } from 'kysely';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { DeliveryTable, Schema } from '../cmdb/schema.ts';
import { contains } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

/** What narrows deliveries; nothing is all of them. */
export interface DeliveryFilter {
  /** Finds in the computer's name; a whole GUID finds the deliveries of that computer. */
  search?: string | undefined;
  policyGuid?: Guid | undefined;
  packageGuid?: Guid | undefined;
  computerGuid?: Guid | undefined;
  /** One or several statuses; see models/events/deliveries.ts. */
  statuses?: readonly string[] | undefined;
}

/** The deliveries that a filter leaves, without what they are shown with. */
export function narrowed(session: Session, filter: DeliveryFilter) {
  const all = session.db.selectFrom('Delivery as d');
  return conditions(session, filter).reduce((found, condition) => found.where(condition), all);
}

/** Conditions on `Delivery as d`, for queries that join it otherwise. */
export function conditions(session: Session, filter: DeliveryFilter): Expression<SqlBool>[] {
  const row = expressionBuilder<Schema & { d: DeliveryTable }, 'd'>();
  const { policyGuid, packageGuid, computerGuid, statuses } = filter;
  const found: Expression<SqlBool>[] = [];
  if (policyGuid !== undefined) found.push(row('d.PolicyGuid', '=', policyGuid));
  if (packageGuid !== undefined) found.push(row('d.PackageGuid', '=', packageGuid));
  if (statuses !== undefined) found.push(row('d.Status', 'in', statuses));
  const text = filter.search?.trim() ?? '';
  const computer = computerGuid ?? parseGuid(text);
  if (computer !== undefined) found.push(row('d.ResourceGuid', '=', computer));
  else if (text !== '') {
    const computers = session.db
      .selectFrom('Computer')
      .select('ResourceGuid')
      .where(contains(session, 'Name', text));
    found.push(row('d.ResourceGuid', 'in', computers));
  }
  return found;
}

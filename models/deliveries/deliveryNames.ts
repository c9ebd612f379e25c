/** Names of what is delivered, for the filters of a list. */
import type { Guid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { REMOVED } from '../packages/packageState.ts';

export interface Named {
  Guid: Guid;
  Name: string;
}

/** The first `most` software-delivery policies by name, and the one that is asked for. */
export async function policyNames(session: Session, most: number, asked: Guid | undefined): Promise<Named[]> {
  const all = session.db
    .selectFrom('Policy as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select(['i.Guid', 'i.Name'])
    .where('p.Kind', '=', 'softwareDelivery');
  const named = await top(session, all.orderBy('i.Name'), most).execute();
  return withAsked(named, asked, () => all.where('p.Guid', '=', asked!).execute());
}

/** The first `most` packages by name, and the one that is asked for. */
export async function packageNames(session: Session, most: number, asked: Guid | undefined): Promise<Named[]> {
  const all = session.db
    .selectFrom('Package as p')
    .innerJoin('Item as i', 'i.Guid', 'p.Guid')
    .select(['i.Guid', 'i.Name'])
    .where('p.State', '<>', REMOVED);
  const named = await top(session, all.orderBy('i.Name'), most).execute();
  return withAsked(named, asked, () => all.where('p.Guid', '=', asked!).execute());
}

async function withAsked(named: Named[], asked: Guid | undefined, read: () => Promise<Named[]>): Promise<Named[]> {
  const isThere = asked === undefined || named.some(({ Guid }) => Guid === asked);
  return isThere ? named : [...named, ...(await read())];
}

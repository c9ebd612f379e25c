/** Open identity conflicts of a resource: whoever looks at it should know that it may be two, or another. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';

export interface OpenConflict {
  guid: Guid;
  /** shared: several machines, one GUID. duplicate: one machine, two GUIDs. */
  kind: string;
  otherGuid: Guid;
  otherName: string;
}

/** The resource may stand at either end of a pair; each end has an index. */
export async function readOpenConflicts({ db }: Session, resource: Guid): Promise<OpenConflict[]> {
  const as = (other: 'OtherGuid' | 'ResourceGuid', name: 'OtherName' | 'ResourceName') =>
    db
      .selectFrom('IdentityConflict')
      .select(['Guid as guid', 'Kind as kind', `${other} as otherGuid`, `${name} as otherName`])
      .where('State', '=', 'open');
  const first = await as('OtherGuid', 'OtherName').where('ResourceGuid', '=', resource).execute();
  const second = await as('ResourceGuid', 'ResourceName')
    .where('OtherGuid', '=', resource)
    .where('ResourceGuid', '<>', resource)
    .execute();
  return [...first, ...second];
}

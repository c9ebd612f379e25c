/** Targets first, then computers that were named one by one; a row's key says which of the two it is. */
import type { Session } from '../../../models/cmdb/types.ts';
import {
  listAssignedComputers,
  listAssignedTargets,
  type AssignedComputer,
  type AssignedTarget,
} from '../../../models/sites/listAssigned.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { ListDefinition } from '../list.ts';
import type { ListQuery } from '../listQuery.ts';
import { at } from '../paths.ts';
import type { AssignedPage } from './assignedComputersPages.ts';

type Row = ({ kind: 'target' } & AssignedTarget) | ({ kind: 'computer' } & AssignedComputer);

export function assignedList(session: Session, { place, path, takesComputers }: AssignedPage): ListDefinition<Row> {
  return {
    path: `${path}/assigned`,
    noun: ['assignment', 'assignments'],
    search: 'name',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Target or computer',
        cell: (row) =>
          row.kind === 'computer' ? { kind: 'link', text: row.Name, href: at(`/computers/${row.Guid}`) } : row.Name,
      },
      { key: 'kind', label: 'Kind', cell: (row) => (row.kind === 'target' ? 'Target' : 'Computer'), sortable: false },
      {
        key: 'computers',
        label: 'Computers',
        numeric: true,
        cell: (row) => ({ kind: 'number', value: row.kind === 'target' ? row.computers : 1 }),
        sortable: false,
      },
      {
        key: 'address',
        label: 'Address',
        cell: (row) => (row.kind === 'computer' ? row.IpAddress : null),
        sortable: false,
      },
      {
        key: 'domain',
        label: 'Domain',
        cell: (row) => (row.kind === 'computer' ? row.Domain : null),
        sortable: false,
        hidden: true,
      },
    ],
    key: ({ kind, Guid }) => `${kind}:${Guid}`,
    bulk: [{ label: 'End the assignment', path: `${path}/assigned/remove`, privilege: 'write', danger: true }],
    empty: {
      title: 'Nobody is assigned by hand',
      text: emptyText(place.kind, takesComputers),
      action: { label: 'Assign computers', href: at(`${path}/assigned/add`), primary: true },
    },
    fetch: (query) => fetchRows(session, place, query),
  };
}

function emptyText(kind: AssignedPage['place']['kind'], takesComputers: boolean): string {
  if (kind === 'packageServer') {
    return 'Computers of the sites that it serves fetch from here. Assign targets or single computers that are to do so from elsewhere.';
  }
  if (!takesComputers) return 'No address leads to an Internet site: assign a target.';
  return 'Computers belong to the site that their addresses lie in. Assign targets or single computers where that is not right.';
}

async function fetchRows(
  session: Session,
  place: AssignedPage['place'],
  { search, descending, offset, limit }: ListQuery,
): Promise<{ rows: Row[]; total: number }> {
  const text = (search ?? '').trim().toLowerCase();
  const all = (await listAssignedTargets(session, place)).filter(({ Name }) => Name.toLowerCase().includes(text));
  if (descending) all.reverse();
  const targets = all.slice(offset, offset + limit).map((row): Row => ({ kind: 'target', ...row }));
  const rest = { search, descending, offset: Math.max(0, offset - all.length), limit: limit - targets.length };
  // A page that is full of targets needs only the number of computers.
  const { rows, total } = await listAssignedComputers(session, place, { ...rest, limit: Math.max(1, rest.limit) });
  const computers = rest.limit === 0 ? [] : rows.map((row): Row => ({ kind: 'computer', ...row }));
  return { rows: [...targets, ...computers], total: all.length + total };
}

export function guidsIn(keys: readonly string[]): { computers: Guid[]; targets: Guid[] } {
  const of = (kind: string): Guid[] =>
    keys.filter((key) => key.startsWith(`${kind}:`)).flatMap((key) => parseGuid(key.slice(kind.length + 1)) ?? []);
  return { computers: of('computer'), targets: of('target') };
}

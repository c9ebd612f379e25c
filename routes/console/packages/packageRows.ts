/** What lists of packages show beside the rows of the CMDB: how far each is on its package servers, from memory. */
import type { AppContext } from '../../../app/context.ts';
import type { PackageListRow } from '../../../models/packages/listPackages.ts';
import { packageReadiness, type PackageReadiness } from '../../../models/packageServers/packageReadiness.ts';
import type { Cell } from '../cells.ts';
import type { Column } from '../list.ts';
import { at } from '../paths.ts';

export type ListedPackage = PackageListRow & PackageReadiness;

const NOT_KNOWN_YET: PackageReadiness = { ready: 0, assigned: 0, holding: 0 };

export function withReadiness<Row extends PackageListRow>(
  { packages, packageServers }: AppContext,
  rows: readonly Row[],
): (Row & PackageReadiness)[] {
  return rows.map((row) => {
    const entry = packages.get(row.Guid);
    return { ...row, ...(entry === undefined ? NOT_KNOWN_YET : packageReadiness(entry, packageServers)) };
  });
}

export const nameColumn: Column<PackageListRow> = {
  key: 'name',
  label: 'Name',
  cell: (row) => ({ kind: 'link', text: row.Name, href: at(`/packages/${row.Guid}`) }),
};

export const policiesColumn: Column<PackageListRow> = {
  key: 'policies',
  label: 'Used by',
  cell: (row) => ({ kind: 'number', value: row.Policies, href: at(`/packages/${row.Guid}/policies`) }),
  numeric: true,
};

export const serversCell = ({ ready, assigned }: PackageReadiness): Cell =>
  assigned === 0 ? null : { kind: 'progress', done: ready, total: assigned };

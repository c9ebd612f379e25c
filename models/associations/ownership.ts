/** Ownership Details: who owns an asset and how much of it, kept in step with the association to the owner. */
import type { Guid } from '../../wire/guid.ts';
import type { DataClass } from '../inventory/dataClasses.ts';

/** A row for each owner, all with the same share; the rest of a share that is not whole goes to the first. */
export function ownershipRows({ columns }: DataClass, owners: readonly Guid[]): (string | undefined)[][] {
  const share = Math.floor(100 / owners.length);
  return owners.map((owner, index) => {
    const percentage = index === 0 ? 100 - share * (owners.length - 1) : share;
    return columns.map((column) => {
      if (column?.name === 'Owner') return owner;
      return column?.name === 'Ownership Percentage' ? String(percentage) : undefined;
    });
  });
}

/** Packages and their published snapshots in memory, and the package information that is answered from them. */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';

export interface CatalogueEntry {
  readonly guid: Guid;
  readonly name: string;
  readonly isEnabled: boolean;
  readonly priority: string;
  /** Version of the newest published snapshot, or undefined before the first. */
  readonly version: number | undefined;
  readonly totalSize: number;
}

export class PackageCatalogue {
  static async load(_session: Session): Promise<PackageCatalogue> {
    throw new Error('not built yet');
  }
  get(_guid: Guid): CatalogueEntry | undefined {
    throw new Error('not built yet');
  }
  async applyChange(_session: Session, _change: Change): Promise<void> {}
}

/** The table of capture items: which kinds of events are understood. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { assetData } from './capture/assetData.ts';
import { basicInventory } from './capture/basicInventory.ts';
import { clientLogOn } from './capture/clientLogOn.ts';
import { packageServerStatus } from './capture/packageServerStatus.ts';
import { swdExecution } from './capture/swdExecution.ts';
import { swdPackage } from './capture/swdPackage.ts';
import { swdStatus } from './capture/swdStatus.ts';
import { taskStatus } from './capture/taskStatus.ts';
import type { CaptureItem } from './captureItem.ts';

export const CAPTURE_ITEMS = [
  basicInventory,
  assetData,
  swdExecution,
  swdPackage,
  swdStatus,
  packageServerStatus,
  taskStatus,
  clientLogOn,
] as readonly CaptureItem[];

/** GUIDs by which things of this server are called as well, by the name that wellKnown.ts gives them. */
export type OtherGuids = ReadonlyMap<string, Guid>;

/** Finds the item that an event is for. */
export class CaptureItems {
  readonly #byGuid = new Map<Guid, CaptureItem>();
  readonly #byName = new Map<string, CaptureItem>();

  /** @param others the vendor's GUIDs where they are not public and an administrator knows them (setting) */
  constructor(others: OtherGuids = new Map()) {
    for (const item of CAPTURE_ITEMS) {
      this.#byGuid.set(item.guid, item);
      this.#byName.set(item.name.toLowerCase(), item);
    }
    for (const [name, other] of others) {
      const item = this.#byGuid.get(CAPTURE_ITEM[name as keyof typeof CAPTURE_ITEM]);
      if (item !== undefined && !this.#byGuid.has(other)) this.#byGuid.set(other, item);
    }
  }

  /** By GUID in any spelling, or by name (HOWTO31200: `to` is a GUID or an alias). */
  find(to: string): CaptureItem | undefined {
    const guid = parseGuid(to);
    return guid === undefined ? this.#byName.get(to.trim().toLowerCase()) : this.#byGuid.get(guid);
  }
}

/** Without GUIDs of others. */
export const ownCaptureItems = new CaptureItems();

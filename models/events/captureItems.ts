/** The table of capture items: which kinds of events are understood. */
import { parseGuid } from '../../wire/guid.ts';
import { basicInventory } from './capture/basicInventory.ts';
import { swdExecution } from './capture/swdExecution.ts';
import { swdPackage } from './capture/swdPackage.ts';
import type { CaptureItem } from './captureItem.ts';

export const CAPTURE_ITEMS: readonly CaptureItem[] = [
  basicInventory,
  swdExecution,
  swdPackage,
] as readonly CaptureItem[];

/** By GUID in any spelling, or by name (HOWTO31200: `to` is a GUID or an alias). */
export function findCaptureItem(to: string): CaptureItem | undefined {
  const guid = parseGuid(to);
  if (guid !== undefined) return CAPTURE_ITEMS.find((item) => item.guid === guid);
  const name = to.trim().toLowerCase();
  return CAPTURE_ITEMS.find((item) => item.name.toLowerCase() === name);
}

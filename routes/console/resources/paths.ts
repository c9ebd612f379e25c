/** Addresses of resources' pages. */
import type { Guid } from '../../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import { at } from '../paths.ts';

/** Page of a resource: computers have their own place. */
export function placeOf(type: Guid, resource: Guid): string {
  return at(type === RESOURCE_TYPE.computer ? `/computers/${resource}` : `/resources/${resource}`);
}

/** Where the tabs of a resource lie: a computer's below /computers, all others' below /resources; the tabs are the same. */
import type { Request } from 'express';
import type { Guid } from '../../../wire/guid.ts';
import { at } from '../paths.ts';
import type { Crumb, PageModel } from '../render.ts';

export interface PlacedResource {
  guid: Guid;
  typeGuid: Guid;
  name: string;
  /** Console path of its summary, for example `/computers/0f6c…`. */
  path: string;
  /** What a sentence calls it: `computer`, `user`. */
  noun: string;
  /** Title, state, actions and tabs; `tab` is the path behind the resource's own, for example `/inventory`. */
  page(tab: string): PageModel;
}

export interface ResourcePlace {
  /** Path of a resource with its parameter, for example `/computers/:guid`. */
  path: string;
  /** The resource that the address names. @throws PageError */
  load(request: Request): Promise<PlacedResource>;
}

/** A page below a tab: its own title, and the way back to the resource and the tab. */
export function pageBelow(resource: PlacedResource, [tab, label]: readonly [string, string], title: string): PageModel {
  const { breadcrumb = [] } = resource.page(tab);
  const crumbs: Crumb[] = [
    ...breadcrumb,
    { label: resource.name, href: at(resource.path) },
    { label, href: at(resource.path + tab) },
  ];
  return { title, breadcrumb: crumbs };
}

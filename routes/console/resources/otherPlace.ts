/** Resources that are no computers, as a place of the tabs that every resource has. */
import type { AppContext } from '../../../app/context.ts';
import { readResource, type ResourceDetail } from '../../../models/resources/readResource.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';
import type { PlacedResource, ResourcePlace } from './place.ts';

const TABS = [
  ['', 'Summary'],
  ['/inventory', 'Inventory'],
  ['/history', 'History'],
  ['/associations', 'Associations'],
  ['/keys', 'Keys'],
] as const;

export interface OtherResource extends PlacedResource {
  detail: ResourceDetail;
}

export interface OtherPlace extends ResourcePlace {
  load(request: Parameters<ResourcePlace['load']>[0]): Promise<OtherResource>;
}

export function otherPlace({ cmdb }: AppContext): OtherPlace {
  return {
    path: '/resources/:guid',
    load: async (request) => {
      const guid = parseGuid(String(request.params.guid));
      const detail = guid && (await readResource(cmdb, guid));
      if (detail === undefined) throw notFound('resource');
      return {
        detail,
        guid: detail.guid,
        typeGuid: detail.typeGuid,
        name: detail.name,
        path: `/resources/${detail.guid}`,
        noun: detail.typeName.toLowerCase(),
        page: (tab) => pageOf(detail, tab),
      };
    },
  };
}

function pageOf({ guid, name, typeGuid, typeName, deletedAt }: ResourceDetail, tab: string): PageModel {
  const own = `/resources/${guid}`;
  return {
    title: name,
    subtitle: typeName,
    ...(deletedAt === null ? {} : { state: 'deleted' }),
    breadcrumb: [
      { label: 'Users and assets', href: at('/resources') },
      { label: typeName, href: at('/resources', { type: typeGuid }) },
    ],
    actions: [{ label: 'Export XML', href: at(`${own}/export.xml`), icon: 'download' }],
    tabs: TABS.map(([path, label]) => ({ label, href: at(own + path), current: path === tab })),
  };
}

/** Users, assets and all other resources that are no computers. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  readResources,
  readResourceTypes,
  type ResourceRow,
  type ResourceTypeCount,
} from '../../../models/resources/readResources.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { placeOf } from './paths.ts';

export function registerResourceList(router: Router, context: AppContext): void {
  router.get('/resources', async (request, response) => {
    const types = await readResourceTypes(context.cmdb);
    await answerList(request, response, resourceList(context, types), { title: 'Users and assets' });
  });
}

const SORTS = { name: 'Name', created: 'CreatedAt', modified: 'ModifiedAt' } as const;

function resourceList({ cmdb }: AppContext, types: readonly ResourceTypeCount[]): ListDefinition<ResourceRow> {
  return {
    path: '/resources',
    noun: ['resource', 'resources'],
    search: 'name, key or GUID',
    sort: { key: 'name' },
    columns: [
      {
        key: 'name',
        label: 'Name',
        cell: (row) => ({ kind: 'link', text: row.name, href: placeOf(row.typeGuid, row.guid) }),
      },
      { key: 'type', label: 'Type', cell: (row) => row.typeName, sortable: false },
      { key: 'modified', label: 'Modified', cell: (row) => ({ kind: 'time', at: row.modifiedAt }) },
      { key: 'created', label: 'Known since', cell: (row) => ({ kind: 'time', at: row.createdAt }) },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false },
    ],
    filters: [
      {
        key: 'type',
        label: 'Type',
        options: types.map(({ guid, name, resources }) => ({
          value: guid,
          label: `${name} (${resources.toLocaleString('en-US')})`,
        })),
      },
    ],
    empty: {
      title: 'No users and assets yet',
      text: 'Users, departments, locations and assets come with asset data and with the log-ons that agents report. Computers have a list of their own.',
      action: { label: 'Computers', href: at('/computers') },
    },
    fetch: ({ search, filters, sort, descending, offset, limit }) =>
      readResources(cmdb, {
        search,
        typeGuid: parseGuid(filters.type),
        sort: SORTS[sort as keyof typeof SORTS] ?? 'Name',
        descending,
        offset,
        limit,
      }),
  };
}

/** What a resource is associated with, by kind: owner, department, location …, and what has it for one of these. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  countAssociations,
  readAssociations,
  type AssociationCount,
  type AssociationEnd,
  type AssociationRow,
} from '../../../models/resources/readAssociations.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { placeOf } from './paths.ts';
import type { PlacedResource, ResourcePlace } from './place.ts';

export function registerAssociations(router: Router, context: AppContext, place: ResourcePlace): void {
  router.get(`${place.path}/associations`, async (request, response) => {
    const resource = await place.load(request);
    const kinds = await countAssociations(context.cmdb, resource.guid);
    await answerList(request, response, associationList(context, resource, kinds), resource.page('/associations'));
  });
}

/** An association leads from a parent (the computer) to a child (its owner): both ends are shown by what they are. */
const ENDS: Record<AssociationEnd, string> = { child: 'Child', parent: 'Parent' };

function associationList(
  { cmdb }: AppContext,
  resource: PlacedResource,
  kinds: readonly AssociationCount[],
): ListDefinition<AssociationRow> {
  return {
    path: `${resource.path}/associations`,
    noun: ['association', 'associations'],
    sort: { key: 'kind' },
    columns: [
      { key: 'kind', label: 'Association', cell: (row) => row.associationName, sortable: false },
      { key: 'end', label: 'The other is', cell: (row) => ENDS[row.end], sortable: false },
      {
        key: 'name',
        label: 'Resource',
        cell: (row) => ({
          kind: 'link',
          text: row.name,
          href: placeOf(row.typeGuid, row.guid),
          ...(row.isDeleted ? { note: 'deleted' } : {}),
        }),
        sortable: false,
      },
      { key: 'type', label: 'Type', cell: (row) => row.typeName, sortable: false },
      { key: 'since', label: 'Since', cell: (row) => ({ kind: 'time', at: row.createdAt }), sortable: false },
      { key: 'guid', label: 'GUID', cell: (row) => ({ kind: 'guid', guid: row.guid }), sortable: false, hidden: true },
    ],
    filters: [
      {
        key: 'kind',
        label: 'Kind',
        options: kinds.map(({ associationGuid, end, name, total }) => ({
          value: `${associationGuid}-${end}`,
          label: `${name}, ${ENDS[end].toLowerCase()} (${total.toLocaleString('en-US')})`,
        })),
      },
    ],
    empty: {
      title: 'No associations',
      text: `Nothing is associated with this ${resource.noun}. Owners, departments, locations and the primary user come with asset data and with log-on events.`,
    },
    fetch: ({ filters, offset, limit }) =>
      readAssociations(cmdb, resource.guid, { ...chosen(filters.kind), offset, limit }),
  };
}

function chosen(kind: string | undefined) {
  const match = /^(.{36})-(child|parent)$/.exec(kind ?? '');
  return match === null ? {} : { associationGuid: parseGuid(match[1]), end: match[2] as AssociationEnd };
}

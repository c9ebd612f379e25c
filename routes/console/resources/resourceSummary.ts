/** A user, an asset …: what it is, and what it has to do with what. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listInventoryClasses, type InventoryClassSummary } from '../../../models/inventory/inventoryView.ts';
import { readAssociations, type AssociationRow } from '../../../models/resources/readAssociations.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import type { OtherPlace, OtherResource } from './otherPlace.ts';
import { placeOf } from './paths.ts';

/** The rest is on the tab. */
const ASSOCIATIONS_SHOWN = 10;

export function registerResourceSummary(router: Router, { cmdb }: AppContext, place: OtherPlace): void {
  router.get(place.path, async (request, response) => {
    const resource = await place.load(request);
    // A bookmark that names a computer as a resource.
    const home = placeOf(resource.typeGuid, resource.guid);
    if (home !== at(resource.path)) return response.redirect(302, home);
    const { rows, total } = await readAssociations(cmdb, resource.guid, { offset: 0, limit: ASSOCIATIONS_SHOWN });
    await render(request, response, 'resources/summary', {
      ...resource.page(''),
      facts: facts(resource),
      classes: classTable(resource, await listInventoryClasses(cmdb, resource.guid)),
      associations: associationTable(rows),
      allAssociations: total > rows.length ? { total, href: at(`${resource.path}/associations`) } : undefined,
    });
  });
}

function facts({ detail }: OtherResource) {
  return [
    { label: 'Type', cell: detail.typeName },
    { label: 'GUID', cell: { kind: 'guid', guid: detail.guid } },
    { label: 'Known since', cell: { kind: 'time', at: detail.createdAt } },
    { label: 'Modified', cell: { kind: 'time', at: detail.modifiedAt } },
    ...(detail.deletedAt === null ? [] : [{ label: 'Deleted', cell: { kind: 'time', at: detail.deletedAt } }]),
  ];
}

const classTable = (resource: OtherResource, classes: readonly InventoryClassSummary[]) => ({
  caption: 'Data classes',
  columns: [{ label: 'Data class' }, { label: 'Rows', numeric: true }, { label: 'Last received' }],
  rows: classes.map(({ guid, name, rowCount, modifiedAt }) => [
    { kind: 'link', text: name, href: at(`${resource.path}/inventory/${guid}`) },
    rowCount,
    { kind: 'time', at: modifiedAt },
  ]),
  empty: 'None was received',
});

const associationTable = (rows: readonly AssociationRow[]) => ({
  caption: 'Associations',
  columns: [{ label: 'Association' }, { label: 'With' }, { label: 'Type' }],
  rows: rows.map((row) => [
    row.associationName,
    { kind: 'link', text: row.name, href: placeOf(row.typeGuid, row.guid) },
    row.typeName,
  ]),
  empty: 'None',
});

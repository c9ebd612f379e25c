import { z } from 'zod';
import { holdersOf } from '../../../models/packageServers/overview.ts';
import { byGuid, paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listServersOfPackageRoute = route({
  method: 'get',
  path: '/packages/{guid}/servers',
  scope: 'read',
  summary: 'Package servers that are to hold a package or still do, and how far each is',
  params: byGuid,
  query: z.strictObject(paging),
  handle({ context: { packages, packageServers }, params: { guid }, query }) {
    const rows = holdersOf(found(packages.get(guid), 'package'), packageServers);
    const views = rows.map(({ server, sites, state, detail, progress, heldVersion, currentVersion }) => ({
      guid: server.guid,
      name: server.name,
      sites,
      state,
      detail,
      doneBytes: progress?.done ?? null,
      totalBytes: progress?.total ?? null,
      heldVersion,
      currentVersion,
    }));
    return ok(pageOf(views, query));
  },
});

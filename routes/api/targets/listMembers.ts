import { z } from 'zod';
import { listMembers } from '../../../models/targets/targetMembers.ts';
import { getTarget } from '../../../models/targets/targetStore.ts';
import { byGuid, paging, searchText } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const listMembersRoute = route({
  method: 'get',
  path: '/targets/{guid}/computers',
  scope: 'read',
  summary: 'Computers of a list, by name; none for the target of all computers',
  params: byGuid,
  query: z.strictObject({ ...paging, search: searchText.optional() }),
  async handle({ context: { cmdb }, params: { guid }, query }) {
    found(await getTarget(cmdb, guid), 'target');
    const { rows, total } = await listMembers(cmdb, guid, query);
    return ok(list(camelCase(rows), total, query));
  },
});

import { z } from 'zod';
import { LAGGARD_SORTS, listLaggards } from '../../../models/signingKeys/followers.ts';
import { paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

const SORTS = Object.keys(LAGGARD_SORTS) as (keyof typeof LAGGARD_SORTS)[];

export const listLaggardsRoute = route({
  method: 'get',
  path: '/signing-keys/unconfirmed',
  scope: 'read',
  summary: 'Agents that have not confirmed the current key',
  query: z.strictObject({ ...paging, ...sorting(SORTS, 'name'), search: searchText.optional() }),
  async handle({ context: { cmdb, secrets }, query }) {
    const current = secrets.signingKeys.current.name;
    const { rows, total } = await listLaggards(cmdb, current, { ...query, descending: query.order === 'desc' });
    return ok(list(rows, total, query));
  },
});

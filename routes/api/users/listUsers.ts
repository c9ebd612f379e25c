import { z } from 'zod';
import { listUsers, userState } from '../../../models/security/users.ts';
import { guidText, paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

const SORTS = ['name', 'displayName', 'role', 'state', 'lastSignIn', 'passwordChanged', 'created'] as const;

export const listUsersRoute = route({
  method: 'get',
  path: '/users',
  scope: 'read',
  summary: 'Console users',
  query: z.strictObject({
    ...paging,
    ...sorting(SORTS, 'name'),
    search: searchText.default(''),
    state: z.enum(['enabled', 'disabled']).optional(),
    role: guidText.optional(),
  }),
  async handle({ context: { cmdb, clock }, query }) {
    const { search, state, role, order, sort, offset, limit } = query;
    const filters = { ...(state === undefined ? {} : { state }), ...(role === undefined ? {} : { role }) };
    const { rows, total } = await listUsers(cmdb, {
      offset,
      limit,
      sort,
      descending: order === 'desc',
      search,
      filters,
    });
    const items = rows.map((user) => ({ ...user, state: userState(user, clock.now()) }));
    return ok(list(items, total, query));
  },
});

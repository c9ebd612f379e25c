import { z } from 'zod';
import {
  listRegistrations,
  REGISTRATION_SORTS,
  type RegistrationSort,
} from '../../../models/agents/registrationList.ts';
import { paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

const SORTS = Object.keys(REGISTRATION_SORTS) as RegistrationSort[];

export const listRegistrationsRoute = route({
  method: 'get',
  path: '/registrations',
  scope: 'read',
  summary: 'Registration requests and decisions, newest request first',
  query: z.strictObject({
    ...paging,
    ...sorting(SORTS, 'lastSeenAt', 'desc'),
    search: searchText.optional(),
    state: z.enum(['pending', 'allowed', 'blocked', 'revoked']).optional(),
  }),
  async handle({ context, query }) {
    const { rows, total } = await listRegistrations(context.cmdb, { ...query, descending: query.order === 'desc' });
    return ok(list(rows, total, query));
  },
});

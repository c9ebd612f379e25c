import { z } from 'zod';
import { PACKAGE_SORTS } from '../../../models/packages/listPackages.ts';
import { listProblems } from '../../../models/packages/packageProblems.ts';
import { PROBLEM_STATES } from '../../../models/packages/packageState.ts';
import { paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';
import { withReadiness } from './packageView.ts';

export const listProblemsRoute = route({
  method: 'get',
  path: '/packages/problems',
  scope: 'read',
  summary: 'Packages whose source could not be read at the last look, with since when, owner and last use',
  query: z.strictObject({
    ...paging,
    ...sorting(PACKAGE_SORTS, 'ProblemSince'),
    search: searchText.optional(),
    state: z.enum(PROBLEM_STATES).optional(),
  }),
  async handle({ context, query }) {
    const { rows, total } = await listProblems(context.cmdb, { ...query, descending: query.order === 'desc' });
    return ok(list(withReadiness(context, rows), total, query));
  },
});

import { z } from 'zod';
import { listPackages, PACKAGE_SORTS } from '../../../models/packages/listPackages.ts';
import { DISTRIBUTION_MODES } from '../../../models/packageServers/distribution.ts';
import { SOURCE_KINDS } from '../../../models/packages/packageInput.ts';
import { PACKAGE_STATES } from '../../../models/packages/packageState.ts';
import { flagText, instantText, paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';
import { withReadiness } from './packageView.ts';

export const listPackagesRoute = route({
  method: 'get',
  path: '/packages',
  scope: 'read',
  summary: 'Packages, paged, sorted and searched',
  query: z.strictObject({
    ...paging,
    ...sorting(PACKAGE_SORTS, 'Name'),
    search: searchText.optional(),
    state: z.enum(PACKAGE_STATES).optional(),
    problemsOnly: flagText.optional(),
    sourceKind: z.enum(SOURCE_KINDS).optional(),
    mode: z.enum(DISTRIBUTION_MODES).optional(),
    unusedSince: instantText.optional(),
  }),
  async handle({ context, query }) {
    const { rows, total } = await listPackages(context.cmdb, { ...query, descending: query.order === 'desc' });
    return ok(list(withReadiness(context, rows), total, query));
  },
});

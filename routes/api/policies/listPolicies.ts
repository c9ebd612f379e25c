import { z } from 'zod';
import { listPolicies, POLICY_SORTS } from '../../../models/policies/policyList.ts';
import { SETTINGS_BY_KIND, type PolicyKind } from '../../../models/policies/settings.ts';
import { flagText, guidText, paging, searchText, sorting } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { ok, route } from '../route.ts';

const KINDS = Object.keys(SETTINGS_BY_KIND) as [PolicyKind, ...PolicyKind[]];

export const listPoliciesRoute = route({
  method: 'get',
  path: '/policies',
  scope: 'read',
  summary: 'Policies with their targets and how far they have come',
  query: z.strictObject({
    ...paging,
    ...sorting(POLICY_SORTS, 'Name'),
    search: searchText.optional(),
    kind: z.enum(KINDS).optional(),
    isEnabled: flagText.optional(),
    package: guidText.optional(),
  }),
  async handle({ context, query }) {
    const { package: packageGuid, order, ...rest } = query;
    const { rows, total } = await listPolicies(context.cmdb, { ...rest, packageGuid, descending: order === 'desc' });
    return ok(list(camelCase(rows), total, query));
  },
});

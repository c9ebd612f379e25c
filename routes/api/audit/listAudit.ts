import { z } from 'zod';
import { listAudit } from '../../../models/audit/auditList.ts';
import { guidText, paging, searchText, sorting } from '../input.ts';
import { list } from '../json.ts';
import { ok, route } from '../route.ts';

const SORTS = ['at', 'actor', 'action', 'kind', 'object', 'address'] as const;
const word = z.string().max(100);

export const listAuditRoute = route({
  method: 'get',
  path: '/audit',
  scope: 'read',
  summary: 'Who changed what, newest first',
  query: z.strictObject({
    ...paging,
    ...sorting(SORTS, 'at', 'desc'),
    search: searchText.default(''),
    action: word.optional(),
    kind: word.optional(),
    object: guidText.optional(),
  }),
  async handle({ context, query }) {
    const { offset, limit, sort, order, search, ...wanted } = query;
    const filters = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    const page = { offset, limit, sort, descending: order === 'desc', search, filters };
    const { rows, total } = await listAudit(context.cmdb, page);
    return ok(list(rows, total, query));
  },
});

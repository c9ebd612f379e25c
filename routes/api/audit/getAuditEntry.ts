import { z } from 'zod';
import { getAuditEntry } from '../../../models/audit/auditList.ts';
import { numberText } from '../input.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const getAuditEntryRoute = route({
  method: 'get',
  path: '/audit/{id}',
  scope: 'read',
  summary: 'One entry with what it changed, field by field',
  params: z.strictObject({ id: numberText(1, Number.MAX_SAFE_INTEGER) }),
  async handle({ context, params }) {
    const { names, ...entry } = found(await getAuditEntry(context.cmdb, params.id), 'entry');
    return ok({ ...entry, names: Object.fromEntries(names) });
  },
});

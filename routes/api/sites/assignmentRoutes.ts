/** Assigning computers and targets by hand, to a site or to a package server: the same three actions of both. */
import { z } from 'zod';
import type { AppContext } from '../../../app/context.ts';
import { changeAssignments } from '../../../models/sites/assignByHand.ts';
import type { AssignedPlace } from '../../../models/sites/assignmentLists.ts';
import { listAssignedComputers, listAssignedTargets } from '../../../models/sites/listAssigned.ts';
import type { Guid } from '../../../wire/guid.ts';
import { byGuid, guidText, paging, searchText } from '../input.ts';
import { camelCase, list } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

interface Assignable {
  kind: AssignedPlace['kind'];
  /** Below which the actions are, with `{guid}`. */
  path: string;
  /** As a problem names it. */
  noun: string;
  /** @throws Problem 404 */
  require(context: AppContext, guid: Guid): Promise<unknown>;
  summaries: { targets: string; computers: string; change: string };
}

const computers = z.array(guidText).max(10_000, 'At most 10000 at once.').default([]);
const targets = z.array(guidText).max(1000, 'At most 1000 at once.').default([]);
const members = z.strictObject({ computers, targets }).prefault({});

export const assignmentRoutes = ({ kind, path, noun, require, summaries }: Assignable) => ({
  listTargets: route({
    method: 'get',
    path: `${path}/assigned/targets`,
    scope: 'read',
    summary: summaries.targets,
    params: byGuid,
    async handle({ context, params: { guid } }) {
      await require(context, guid);
      return ok({ items: camelCase(await listAssignedTargets(context.cmdb, { kind, guid })) });
    },
  }),

  listComputers: route({
    method: 'get',
    path: `${path}/assigned/computers`,
    scope: 'read',
    summary: summaries.computers,
    params: byGuid,
    query: z.strictObject({ ...paging, search: searchText.optional() }),
    async handle({ context, params: { guid }, query }) {
      await require(context, guid);
      const { rows, total } = await listAssignedComputers(context.cmdb, { kind, guid }, query);
      return ok(list(camelCase(rows), total, query));
    },
  }),

  change: route({
    method: 'patch',
    path: `${path}/assigned`,
    scope: 'write',
    summary: summaries.change,
    params: byGuid,
    body: z.strictObject({ add: members, remove: members }),
    async handle({ context: { cmdb, clock, sites }, actor, params: { guid }, body }) {
      const done = found(await changeAssignments(cmdb, clock, actor, { kind, guid }, body), noun);
      await sites.refresh(cmdb);
      return ok(done);
    },
  }),
});

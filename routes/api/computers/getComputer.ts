import { getComputer } from '../../../models/computers/computerStore.ts';
import { byGuid } from '../input.ts';
import { camelCase } from '../json.ts';
import { found } from '../problem.ts';
import { ok, route } from '../route.ts';

export const getComputerRoute = route({
  method: 'get',
  path: '/computers/{guid}',
  scope: 'read',
  summary: 'One computer with its resource keys; a merged one answers for those it took in',
  params: byGuid,
  async handle({ context, params }) {
    return ok(camelCase(found(await getComputer(context.cmdb, params.guid), 'computer')));
  },
});

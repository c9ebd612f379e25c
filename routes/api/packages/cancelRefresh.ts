import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { cancelRefresh } from '../../../models/packages/requestRefresh.ts';
import { byGuid } from '../input.ts';
import { found, Problem } from '../problem.ts';
import { ok, route } from '../route.ts';
import { packageView } from './packageView.ts';

export const cancelRefreshRoute = route({
  method: 'post',
  path: '/packages/{guid}/cancel-refresh',
  scope: 'write',
  summary: 'Stops a refresh that is under way; what was published stays',
  params: byGuid,
  async handle({ context: { cmdb, clock, settings }, actor, params: { guid } }) {
    found(await readPackageRow(cmdb, guid), 'package');
    const isCancelled = await cancelRefresh(cmdb, clock, actor, guid, settings.packageRefreshHours);
    if (!isCancelled) throw new Problem(409, 'No refresh is under way.');
    return ok(await packageView(cmdb, guid));
  },
});

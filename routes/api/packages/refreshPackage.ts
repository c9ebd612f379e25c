import { readPackageRow } from '../../../models/packages/packageRow.ts';
import { requestRefresh } from '../../../models/packages/requestRefresh.ts';
import { byGuid } from '../input.ts';
import { found, Problem } from '../problem.ts';
import { accepted, route } from '../route.ts';
import { packageView } from './packageView.ts';

export const refreshPackageRoute = route({
  method: 'post',
  path: '/packages/{guid}/refresh',
  scope: 'write',
  summary: 'Has the source looked at again; the package tells by its state how far that is',
  params: byGuid,
  async handle({ context: { cmdb, clock }, actor, params: { guid } }) {
    const { IsEnabled } = found(await readPackageRow(cmdb, guid), 'package');
    if (IsEnabled === 0) throw new Problem(409, 'The package is switched off.');
    // None asked for: a refresh is under way, which is what the caller wants.
    await requestRefresh(cmdb, clock, actor, [guid]);
    return accepted(`/packages/${guid}`, await packageView(cmdb, guid));
  },
});

import type { AppContext } from '../../../app/context.ts';
import { changeDistribution, distributionInput } from '../../../models/packageServers/distribution.ts';
import { lossesBetween, lossLine } from '../../../models/packageServers/whoLosesSources.ts';
import type { Guid } from '../../../wire/guid.ts';
import { sourceState } from '../../sourceLosses.ts';
import { byGuid } from '../input.ts';
import { found, required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';

function view({ packageServers }: AppContext, guid: Guid) {
  const { mode, servers, sites } = packageServers.distributionOf(guid);
  return { mode, servers: [...servers], sites: [...sites] };
}

export const getDistributionRoute = route({
  method: 'get',
  path: '/packages/{guid}/distribution',
  scope: 'read',
  summary: 'Which package servers a package goes to',
  params: byGuid,
  handle({ context, params }) {
    found(context.packages.get(params.guid), 'package');
    return ok(view(context, params.guid));
  },
});

export const putDistributionRoute = route({
  method: 'put',
  path: '/packages/{guid}/distribution',
  scope: 'write',
  summary: 'Sets which package servers a package goes to',
  params: byGuid,
  body: storeInput(distributionInput),
  async handle({ context, actor, params: { guid }, body }) {
    const { cmdb, clock, packageServers } = context;
    const before = packageServers.distributionOf(guid);
    required(await changeDistribution(cmdb, clock, actor, guid, body), 'package');
    await packageServers.applyChange(cmdb, { Id: 0, Kind: 'package', ItemGuid: guid });
    const after = packageServers.distributionOf(guid);
    const state = sourceState(context);
    const former = {
      ...state,
      distributionOf: (other: Guid) => (other === guid ? before : state.distributionOf(other)),
    };
    const losses = lossesBetween(former, state, { distributions: new Map([[guid, after]]) });
    return ok({ ...view(context, guid), losses: losses.map(lossLine) });
  },
});

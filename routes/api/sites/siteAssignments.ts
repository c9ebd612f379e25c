import { getSite } from '../../../models/sites/listSites.ts';
import { found } from '../problem.ts';
import { assignmentRoutes } from './assignmentRoutes.ts';

const routes = assignmentRoutes({
  kind: 'site',
  path: '/sites/{guid}',
  noun: 'site',
  require: async ({ cmdb }, guid) => found(await getSite(cmdb, guid), 'site'),
  summaries: {
    targets: 'Targets whose computers belong to the site, whatever their addresses say',
    computers: 'Computers that were assigned to the site one by one, by name',
    change: 'Assigns computers and targets to the site by hand and ends assignments; answers how many came and went',
  },
});

export const listSiteTargetsRoute = routes.listTargets;
export const listSiteComputersRoute = routes.listComputers;
export const changeSiteAssignmentsRoute = routes.change;

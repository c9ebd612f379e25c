import { assignmentRoutes } from '../sites/assignmentRoutes.ts';
import { knownServer } from './packageServerView.ts';

const routes = assignmentRoutes({
  kind: 'packageServer',
  path: '/package-servers/{guid}',
  noun: 'package server',
  require: knownServer,
  summaries: {
    targets: 'Targets whose computers fetch from the package server, whatever their site',
    computers: 'Computers that were assigned to the package server one by one, by name',
    change:
      'Assigns computers and targets to the package server by hand and ends assignments; answers how many came and went',
  },
});

export const listServerTargetsRoute = routes.listTargets;
export const listServerComputersRoute = routes.listComputers;
export const changeServerAssignmentsRoute = routes.change;

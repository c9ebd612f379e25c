/** THE table of the API's actions. The router is built from it; a test holds openapi.yaml against it, both ways. */
import { listApiTokensRoute } from './apiTokens/listApiTokens.ts';
import { revokeApiTokenRoute } from './apiTokens/revokeApiToken.ts';
import { getAuditEntryRoute } from './audit/getAuditEntry.ts';
import { listAuditRoute } from './audit/listAudit.ts';
import { getComputerRoute } from './computers/getComputer.ts';
import { listComputerDeliveriesRoute } from './computers/listComputerDeliveries.ts';
import { listComputerEventsRoute } from './computers/listComputerEvents.ts';
import { listComputerPoliciesRoute } from './computers/listComputerPolicies.ts';
import { listComputersRoute } from './computers/listComputers.ts';
import { listInventoryRoute } from './computers/listInventory.ts';
import { readInventoryRoute } from './computers/readInventory.ts';
import { readTimelineRoute } from './computers/readTimeline.ts';
import { listDeliveriesRoute } from './deliveries/listDeliveries.ts';
import { createEnrolmentTokenRoute } from './enrolmentTokens/createEnrolmentToken.ts';
import { listEnrolmentTokensRoute } from './enrolmentTokens/listEnrolmentTokens.ts';
import { revokeEnrolmentTokenRoute } from './enrolmentTokens/revokeEnrolmentToken.ts';
import { discardEventsRoute, retryEventsRoute } from './events/decideBadEvents.ts';
import { listBadEventsRoute } from './events/listBadEvents.ts';
import { readPayloadRoute } from './events/readPayload.ts';
import { readQueueStateRoute } from './events/readQueueState.ts';
import { cancelRefreshRoute } from './packages/cancelRefresh.ts';
import { clonePackageRoute } from './packages/clonePackage.ts';
import { createPackageRoute } from './packages/createPackage.ts';
import { createProgramRoute } from './packages/createProgram.ts';
import { getDistributionRoute, putDistributionRoute } from './packages/distribution.ts';
import { deletePackageRoute } from './packages/deletePackage.ts';
import { deleteProgramRoute } from './packages/deleteProgram.ts';
import { explainSourcesRoute } from './packages/explainSources.ts';
import { fixPathsRoute } from './packages/fixPaths.ts';
import { getPackageRoute } from './packages/getPackage.ts';
import { listDifferencesRoute } from './packages/listDifferences.ts';
import { listPackageFilesRoute } from './packages/listPackageFiles.ts';
import { listServersOfPackageRoute } from './packages/listPackageServers.ts';
import { listPackagesRoute } from './packages/listPackages.ts';
import { listProblemsRoute } from './packages/listProblems.ts';
import { resendPackageRoute, verifyPackageRoute } from './packages/orderServers.ts';
import { listVersionsRoute } from './packages/listVersions.ts';
import { refreshPackageRoute } from './packages/refreshPackage.ts';
import { removalEffectRoute } from './packages/removalEffect.ts';
import { updatePackageRoute } from './packages/updatePackage.ts';
import { updateProgramRoute } from './packages/updateProgram.ts';
import { createPackageServerRoute } from './packageServers/createPackageServer.ts';
import { deletePackageServerRoute } from './packageServers/deletePackageServer.ts';
import { getPackageServerRoute } from './packageServers/getPackageServer.ts';
import { listHeldPackagesRoute } from './packageServers/listHeldPackages.ts';
import { listPackageServersRoute } from './packageServers/listPackageServers.ts';
import {
  drainPackageServerRoute,
  resendPackageStatusRoute,
  resyncPackageServerRoute,
  undrainPackageServerRoute,
  verifyPackageServerRoute,
} from './packageServers/orderPackageServer.ts';
import { refetchPackageRoute } from './packageServers/refetchPackage.ts';
import {
  changeServerAssignmentsRoute,
  listServerComputersRoute,
  listServerTargetsRoute,
} from './packageServers/serverAssignments.ts';
import { updatePackageServerRoute } from './packageServers/updatePackageServer.ts';
import { createPolicyRoute } from './policies/createPolicy.ts';
import { deletePolicyRoute } from './policies/deletePolicy.ts';
import { getAgentSettingsRoute } from './policies/getAgentSettings.ts';
import { getPolicyRoute } from './policies/getPolicy.ts';
import { listPoliciesRoute } from './policies/listPolicies.ts';
import { putAgentSettingsRoute } from './policies/putAgentSettings.ts';
import { disablePolicyRoute, enablePolicyRoute } from './policies/switchPolicy.ts';
import { updatePolicyRoute } from './policies/updatePolicy.ts';
import { createRuleRoute } from './registrationRules/createRule.ts';
import { deleteRuleRoute } from './registrationRules/deleteRule.ts';
import { getRuleRoute } from './registrationRules/getRule.ts';
import { listRulesRoute } from './registrationRules/listRules.ts';
import { moveRuleRoute } from './registrationRules/moveRule.ts';
import { updateRuleRoute } from './registrationRules/updateRule.ts';
import {
  allowRegistrationRoute,
  blockRegistrationRoute,
  revokeRegistrationRoute,
} from './registrations/decideRegistration.ts';
import { getRegistrationRoute } from './registrations/getRegistration.ts';
import { listRegistrationsRoute } from './registrations/listRegistrations.ts';
import type { ApiRoute } from './route.ts';
import { retireSigningKeyRoute, revokeSigningKeyRoute } from './signingKeys/endSigningKey.ts';
import { listLaggardsRoute } from './signingKeys/listLaggards.ts';
import { listSigningKeysRoute } from './signingKeys/listSigningKeys.ts';
import { rotateSigningKeyRoute } from './signingKeys/rotateSigningKey.ts';
import { createSiteRoute } from './sites/createSite.ts';
import { deleteSiteRoute } from './sites/deleteSite.ts';
import { getSiteRoute } from './sites/getSite.ts';
import { listSitesRoute } from './sites/listSites.ts';
import { previewSitesRoute } from './sites/previewChange.ts';
import { changeSiteAssignmentsRoute, listSiteComputersRoute, listSiteTargetsRoute } from './sites/siteAssignments.ts';
import { siteOfAddressRoute } from './sites/siteOfAddress.ts';
import { updateSiteRoute } from './sites/updateSite.ts';
import { createSubnetRoute } from './subnets/createSubnet.ts';
import { deleteSubnetRoute } from './subnets/deleteSubnet.ts';
import { getSubnetRoute } from './subnets/getSubnet.ts';
import { exportSubnetsRoute, importSubnetsRoute } from './subnets/importSubnets.ts';
import { listSubnetsRoute } from './subnets/listSubnets.ts';
import { updateSubnetRoute } from './subnets/updateSubnet.ts';
import { changeMembersRoute } from './targets/changeMembers.ts';
import { createTargetRoute } from './targets/createTarget.ts';
import { deleteTargetRoute } from './targets/deleteTarget.ts';
import { getTargetRoute } from './targets/getTarget.ts';
import { listMembersRoute } from './targets/listMembers.ts';
import { listTargetsRoute } from './targets/listTargets.ts';
import { updateTargetRoute } from './targets/updateTarget.ts';
import { listUsersRoute } from './users/listUsers.ts';

export const API_ROUTES: readonly ApiRoute[] = [
  listComputersRoute,
  getComputerRoute,
  listInventoryRoute,
  readInventoryRoute,
  listComputerPoliciesRoute,
  listComputerDeliveriesRoute,
  listComputerEventsRoute,
  readTimelineRoute,

  listRegistrationsRoute,
  getRegistrationRoute,
  allowRegistrationRoute,
  blockRegistrationRoute,
  revokeRegistrationRoute,
  listRulesRoute,
  createRuleRoute,
  getRuleRoute,
  updateRuleRoute,
  moveRuleRoute,
  deleteRuleRoute,
  listEnrolmentTokensRoute,
  createEnrolmentTokenRoute,
  revokeEnrolmentTokenRoute,

  listPackagesRoute,
  listProblemsRoute,
  fixPathsRoute,
  createPackageRoute,
  getPackageRoute,
  updatePackageRoute,
  deletePackageRoute,
  refreshPackageRoute,
  clonePackageRoute,
  removalEffectRoute,
  listServersOfPackageRoute,
  resendPackageRoute,
  verifyPackageRoute,
  cancelRefreshRoute,
  listPackageFilesRoute,
  listVersionsRoute,
  listDifferencesRoute,
  explainSourcesRoute,
  getDistributionRoute,
  putDistributionRoute,
  createProgramRoute,
  updateProgramRoute,
  deleteProgramRoute,

  listPoliciesRoute,
  createPolicyRoute,
  getPolicyRoute,
  updatePolicyRoute,
  enablePolicyRoute,
  disablePolicyRoute,
  deletePolicyRoute,
  getAgentSettingsRoute,
  putAgentSettingsRoute,
  listDeliveriesRoute,

  listTargetsRoute,
  createTargetRoute,
  getTargetRoute,
  updateTargetRoute,
  deleteTargetRoute,
  listMembersRoute,
  changeMembersRoute,

  readQueueStateRoute,
  listBadEventsRoute,
  readPayloadRoute,
  retryEventsRoute,
  discardEventsRoute,

  listPackageServersRoute,
  createPackageServerRoute,
  getPackageServerRoute,
  updatePackageServerRoute,
  deletePackageServerRoute,
  listHeldPackagesRoute,
  verifyPackageServerRoute,
  resyncPackageServerRoute,
  resendPackageStatusRoute,
  drainPackageServerRoute,
  undrainPackageServerRoute,
  refetchPackageRoute,
  listServerTargetsRoute,
  listServerComputersRoute,
  changeServerAssignmentsRoute,

  listSitesRoute,
  createSiteRoute,
  getSiteRoute,
  updateSiteRoute,
  deleteSiteRoute,
  listSiteTargetsRoute,
  listSiteComputersRoute,
  changeSiteAssignmentsRoute,
  siteOfAddressRoute,
  previewSitesRoute,
  listSubnetsRoute,
  exportSubnetsRoute,
  importSubnetsRoute,
  createSubnetRoute,
  getSubnetRoute,
  updateSubnetRoute,
  deleteSubnetRoute,

  listSigningKeysRoute,
  rotateSigningKeyRoute,
  retireSigningKeyRoute,
  revokeSigningKeyRoute,
  listLaggardsRoute,

  listUsersRoute,
  listApiTokensRoute,
  revokeApiTokenRoute,
  listAuditRoute,
  getAuditEntryRoute,
];

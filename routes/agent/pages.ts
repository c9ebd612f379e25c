/** Every page of the agents' tree. A page that is not here is a clear 404, never a sign-in page. */
import { authenticate } from './authenticate.ts';
import { connectionTest } from './connectionTest.ts';
import { createResource } from './createResource.ts';
import { getClientPolicies } from './getClientPolicies.ts';
import { getPackageInfo } from './getPackageInfo.ts';
import { getPackageSnapshot } from './getPackageSnapshot.ts';
import { getServerCertificate } from './getServerCertificate.ts';
import { licence } from './licence.ts';
import { packageServerPackages } from './packageServerPackages.ts';
import { packageServerReport } from './packageServerReport.ts';
import type { AgentPage } from './page.ts';
import { postEvent } from './postEvent.ts';

export const AGENT_PAGE_LIST: readonly AgentPage[] = [
  createResource,
  authenticate,
  getClientPolicies,
  getPackageInfo,
  getPackageSnapshot,
  packageServerReport,
  packageServerPackages,
  postEvent,
  connectionTest,
  getServerCertificate,
  licence,
];

/** Addresses of the agents' contract (agent-contract.md section 1). Compared without regard to letter case. */
export const AGENT_PAGES = '/Altiris/NS/Agent/';

export const PAGE = {
  createResource: `${AGENT_PAGES}CreateResource.aspx`,
  getClientPolicies: `${AGENT_PAGES}GetClientPolicies.aspx`,
  getPackageInfo: `${AGENT_PAGES}GetPackageInfo.aspx`,
  getPackageSnapshot: `${AGENT_PAGES}GetPackageSnapshot.aspx`,
  postEvent: `${AGENT_PAGES}PostEvent.aspx`,
  connectionTest: `${AGENT_PAGES}ConnectionTest.asp`,
  getServerCertificate: `${AGENT_PAGES}GetServerCertificate.aspx`,
  /** Ours: proves possession of the agent's key, answers a bearer. */
  authenticate: `${AGENT_PAGES}Authenticate.aspx`,
  /** Ours: a package server says what it holds. */
  packageServerReport: `${AGENT_PAGES}PackageServerReport.aspx`,
  /** Ours: the packages that a package server is to hold, as far as it has another list. */
  packageServerPackages: `${AGENT_PAGES}PackageServerPackages.aspx`,
} as const;

/** Package files: `/Altiris/PackageShare/<download token>/{package guid}/<version>/<path>`. */
export const PACKAGE_SHARE = '/Altiris/PackageShare/' as const;

/** The same on a package server, with a token that is good there alone (sample 13 has this folder). */
export const PACKAGE_SERVER_SHARE = '/Altiris/PS/Share/' as const;

/** Header that carries the machine GUID without braces [observed, 8.x]. */
export const SMA_ID = 'x-sma-id';

/**
 * What a report may read. Inventory and event classes are known by the beginning of their names; everything else is
 * named here. A view reads the tables behind it on the report's behalf.
 */

/** Compatibility names (docs/reports.md has their columns). What is not in the CMDB is left out. */
export const REPORT_VIEWS: readonly string[] = [
  'vComputer',
  'vComputerResource',
  'vResource',
  'vUser',
  'vDepartment',
  'vSiteServices',
  'vRM_Computer_Item',
  'vRM_User_Item',
  'vRM_Asset_Item',
  'vRM_Location_Item',
  'vRM_Department_Item',
  'vRM_Company_Item',
  'RM_ResourceComputer',
  'RM_ResourceUser',
  'RM_ResourceAsset',
  'RM_ResourceLocation',
  'RM_ResourceDepartment',
  'RM_ResourceCompany',
  'ItemResource',
  'Item',
  'ItemClass',
  'String',
  'ResourceType',
  'ResourceTypeHierarchy',
  'ResourceTypeMergeKey',
  'ResourceKey',
  'ResourceAssociation',
  'ResourceAssociationType',
  'ResourceUpdateSummary',
  'DataClass',
  'DataClassColumn',
  'CollectionMembership',
  'SWDPackage',
  'SWDPackageCodebase',
  'SWDPackageServer',
  'SWDProgram',
  'SWDAdvertisement',
  'EventQueue',
  'EventQueueEntry',
  // Ours, without a model in the vendor's database.
  'vSite',
  'vSubnet',
  'vComputerContact',
  'vPolicyDelivery',
  'vInventoryHistory',
  'vIdentityConflict',
  'vSpaceSample',
  'vEventTally',
];

/** Never, whatever a view says: who may sign in, what opens doors, what nodes share. */
export const NEVER_READ: ReadonlySet<string> = new Set(
  [
    'Setting',
    'Secret',
    'AuditEntry',
    'Role',
    'ConsoleUser',
    'SignInAddress',
    'SignInSession',
    'ApiToken',
    'EnrolmentToken',
    'AgentRegistration',
    'RegistrationRule',
    'Report',
  ].map((name) => name.toLowerCase()),
);

const VIEWS = new Set(REPORT_VIEWS.map((name) => name.toLowerCase()));

/** True for the name of a table or view that a query may name. */
export const isReadable = (name: string): boolean =>
  /^(Inv|Evt)_\w/i.test(name) || (VIEWS.has(name.toLowerCase()) && !NEVER_READ.has(name.toLowerCase()));

/** A view of this name stands for the one without the prefix, whose table has other columns than reports expect. */
export const SHADOW_PREFIX = 'reports_';

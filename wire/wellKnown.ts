/** GUIDs with a public source (guids.md), and our own, made once, where the vendor's are not public. */
import { guid } from './guid.ts';

export const RESOURCE_TYPE = {
  computer: guid('493435f7-3b17-4c4c-b07f-c23e7ab7781f'),
  // Ours: no public source.
  user: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0001'),
  package: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0002'),
  site: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0003'),
  department: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0004'),
  location: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0005'),
  company: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0006'),
  asset: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0007'),
  fixedAssetStatus: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0008'),
} as const;

/** Parent to child. */
export const ASSOCIATION_TYPE = {
  assetUserOwner: guid('ed35a8d1-bf60-4771-9dde-092c146c485a'),
  assetDepartmentOwner: guid('1466e770-4413-4517-a89d-6599b8a7f144'),
  assetLocation: guid('05de450f-39ea-4aae-8c5f-77817889c27c'),
  assetStatus: guid('3028166f-c0d6-41d8-9cb7-f64852e0fd01'),
  locationHierarchy: guid('dc4689d9-1d2d-47cc-bf65-fd9437d08ed5'),
  // Ours: computer to user.
  primaryUser: guid('2b7f9a54-6a0e-4b5d-9d3e-1f6c8b1a0101'),
} as const;

/** The keys are names of the setting NS_CAPTURE_ITEM_GUIDS, too. */
export const CAPTURE_ITEM = {
  /** Takes custom inventory, too [observed]. */
  basicInventory: guid('1592b913-72f3-4c36-91d2-d4eda21d2f96'),
  /** Target used for asset and CMDB events [documented]. */
  asset: guid('0baba5a1-b08e-4f76-8dfd-a541c7bf8f62'),
  // Ours, as in the contract's samples 17 and 18.
  swdExecution: guid('5d5d5d5d-0000-4000-8000-000000000017'),
  packageServerStatus: guid('5d5d5d5d-0000-4000-8000-000000000018'),
  swdPackage: guid('5d5d5d5d-0000-4000-8000-000000000019'),
  swdStatus: guid('5d5d5d5d-0000-4000-8000-000000000020'),
  taskStatus: guid('5d5d5d5d-0000-4000-8000-000000000021'),
  clientLogOn: guid('5d5d5d5d-0000-4000-8000-000000000022'),
} as const;

/** The keys are names of the setting NS_DATA_CLASS_GUIDS, too. */
export const DATA_CLASS = {
  identification: guid('9e6f402a-6a45-4cba-9299-c2323f73a506'),
  // Ours: only AeX AC Identification has a published GUID.
  tcpip: guid('5d5d5d5d-0000-4000-8000-000000000201'),
  clientAgent: guid('5d5d5d5d-0000-4000-8000-000000000202'),
  primaryUser: guid('5d5d5d5d-0000-4000-8000-000000000203'),
  location: guid('5d5d5d5d-0000-4000-8000-000000000204'),
  virtualMachine: guid('5d5d5d5d-0000-4000-8000-000000000205'),
  clientConnectivity: guid('5d5d5d5d-0000-4000-8000-000000000206'),
  ntServices: guid('5d5d5d5d-0000-4000-8000-000000000207'),
  roles: guid('5d5d5d5d-0000-4000-8000-000000000208'),
  tcpipv6: guid('5d5d5d5d-0000-4000-8000-000000000209'),
  machineUsage: guid('5d5d5d5d-0000-4000-8000-000000000210'),
  swdExecution: guid('5d5d5d5d-0000-4000-8000-000000000117'),
  packageServerStatus: guid('5d5d5d5d-0000-4000-8000-000000000118'),
  swdPackage: guid('5d5d5d5d-0000-4000-8000-000000000119'),
  swdStatus: guid('5d5d5d5d-0000-4000-8000-000000000120'),
  taskStatus: guid('5d5d5d5d-0000-4000-8000-000000000121'),
  clientLogOn: guid('5d5d5d5d-0000-4000-8000-000000000122'),
  // Published.
  ownershipDetails: guid('0cd0318b-ad51-4d38-8ea3-2612d12189de'),
  /** Its name is not public, only that column 2 holds a computer model (Connect 2009). */
  computerModel: guid('b9d54fd2-0863-4aa9-9909-ad2fab9bdaec'),
} as const;

export const POLICY = {
  /** Agent settings "All Desktop computers (excluding 'Site Servers')" [observed, 8.8]. */
  agentSettings: guid('142f2372-e64d-43c0-a207-17db2c0552c4'),
  /** Task agent settings; the GUID is ours. */
  taskAgent: guid('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6b'),
  /** What a package server is to hold and how; each has one of its own under this GUID, which is ours. */
  packageServer: guid('4d0a6a5e-6c1b-4f57-9f0a-1c2d3e4f5a6c'),
} as const;

export const TARGET = {
  /** "All Computers" [observed as a filter]. */
  allComputers: guid('eb3a1a12-e1c7-4431-b060-f0333e4e488c'),
} as const;

/** Item classes; ours. */
export const ITEM_CLASS = {
  package: guid('7f0c3b1e-2d54-4c8a-8f10-000000000001'),
  policy: guid('7f0c3b1e-2d54-4c8a-8f10-000000000002'),
  target: guid('7f0c3b1e-2d54-4c8a-8f10-000000000003'),
  site: guid('7f0c3b1e-2d54-4c8a-8f10-000000000004'),
} as const;

/** Predefined, for computers outside the company's networks. */
export const DEFAULT_INTERNET_SITE = guid('7f0c3b1e-2d54-4c8a-8f10-000000000301');

/** `agentClsid` values that route a policy to an agent's plug-in (policies-and-schedules.md). */
export const AGENT_CLSID = {
  settings: 'Altiris.AeXNSClientConfigUpdate',
  softwareDelivery: 'Altiris.SWD',
  taskAgent: 'Altiris.ClientTaskAgent',
  /** Ours: no public source. */
  packageServer: 'Altiris.PackageServer',
} as const;

/** Return codes that public reports count as success. */
export const SUCCESS_CODES: readonly number[] = [0, 3010, 1641];

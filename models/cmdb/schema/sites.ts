/** Sites, subnets and package servers. */
import type { Generated } from 'kysely';
import type { Guid } from '../../../wire/guid.ts';
import type { Bit, Utc } from './values.ts';

/** Fallback: server, site or none; FallbackMinutes: how long an agent must have tried. */
export interface SiteTable {
  Guid: Guid;
  IsInternet: Bit;
  Fallback: string;
  FallbackSiteGuid: Generated<Guid | null>;
  FallbackMinutes: Generated<number>;
}

export interface SubnetTable {
  Guid: Guid;
  Network: string;
  PrefixLength: number;
  Name: string;
  SiteGuid: Guid | null;
  Source: string;
  ModifiedAt: Utc;
}

/** A computer with the package service: what people set. */
export interface PackageServerTable {
  ResourceGuid: Guid;
  KeySalt: string;
  IsEnabled: Bit;
  IsDraining: Bit;
  IsConstrained: Bit;
  IsProbed: Bit;
  IsHttpPublished: Bit;
  IsHttpsPublished: Bit;
  MinFreeDiskMb: number;
  UnusedAfterHours: number;
  KeepOldHours: number;
  ThrottleKb: number;
  Share: number;
  IsUncPublished: Bit;
  VerifyCount: number;
  ResyncCount: number;
  CreatedAt: Utc;
  ModifiedAt: Utc;
  /** Names of the settings that follow those for all, separated by blanks. */
  Inherited: string;
}

export interface PackageServerSiteTable {
  ResourceGuid: Guid;
  SiteGuid: Guid;
}

/** What a package server says of itself, and what a look at it found. */
export interface PackageServerReportTable {
  ResourceGuid: Guid;
  ReportedAt: Utc;
  Version: string;
  Addresses: string;
  HttpUrl: string;
  HttpsUrl: string;
  Pin: string;
  FreeBytes: number;
  TotalBytes: number;
  StoredBytes: number;
  Digest: string;
  ClientCount: number;
  UncPath: string;
  ProbedAt: Utc | null;
  ProbeProblem: string;
  FirstReportedAt: Utc | null;
  /** Of the policy that it has; PolicyAt: of the first report with it. */
  PolicyHash: string;
  PolicyAt: Utc | null;
}

/** Packages that a package server is told to fetch anew. Orders rises with each order. */
export interface PackageRefetchTable {
  ResourceGuid: Guid;
  PackageGuid: Guid;
  Orders: number;
  OrderedAt: Utc;
}

/** A package on a package server, as it says. State: ready, waiting, downloading or failed. */
export interface PackageHoldingTable {
  ResourceGuid: Guid;
  PackageGuid: Guid;
  HeldVersion: number | null;
  HeldHash: string;
  Versions: string;
  State: string;
  Detail: string;
  DoneBytes: number;
  TotalBytes: number;
  ChangedAt: Utc;
  ProbedAt: Utc | null;
  ProbeProblem: string;
}

/** Computers that fetched files of a package from a package server within a day (UTC). */
export interface PackageClientDayTable {
  ResourceGuid: Guid;
  PackageGuid: Guid;
  DayAt: Utc;
  ClientCount: number;
  RequestCount: number;
  SentBytes: number;
}

/** Mode: all, servers, sites or automatic; a package without a row goes to all. */
export interface PackageDistributionTable {
  PackageGuid: Guid;
  Mode: string;
}

export interface PackageDistributionServerTable {
  PackageGuid: Guid;
  ResourceGuid: Guid;
}

export interface PackageDistributionSiteTable {
  PackageGuid: Guid;
  SiteGuid: Guid;
  IsAutomatic: Bit;
  AddedAt: Utc;
  /** When a computer of the site was last found to need the package; null: not since it was added. */
  NeededAt: Generated<Utc | null>;
}

/** Targets that belong to a site, or to a package server, whatever addresses say. */
export interface SiteTargetTable {
  SiteGuid: Guid;
  TargetGuid: Guid;
}

export interface PackageServerTargetTable {
  ResourceGuid: Guid;
  TargetGuid: Guid;
}

export interface SitesTables {
  Site: SiteTable;
  Subnet: SubnetTable;
  PackageServer: PackageServerTable;
  PackageServerSite: PackageServerSiteTable;
  PackageServerTarget: PackageServerTargetTable;
  SiteTarget: SiteTargetTable;
  PackageServerReport: PackageServerReportTable;
  PackageHolding: PackageHoldingTable;
  PackageClientDay: PackageClientDayTable;
  PackageRefetch: PackageRefetchTable;
  PackageDistribution: PackageDistributionTable;
  PackageDistributionServer: PackageDistributionServerTable;
  PackageDistributionSite: PackageDistributionSiteTable;
}

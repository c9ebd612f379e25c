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
  VerifyCount: number;
  ResyncCount: number;
  CreatedAt: Utc;
  ModifiedAt: Utc;
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
  ProbedAt: Utc | null;
  ProbeProblem: string;
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
}

export interface SitesTables {
  Site: SiteTable;
  Subnet: SubnetTable;
  PackageServer: PackageServerTable;
  PackageServerSite: PackageServerSiteTable;
  PackageServerReport: PackageServerReportTable;
  PackageHolding: PackageHoldingTable;
  PackageDistribution: PackageDistributionTable;
  PackageDistributionServer: PackageDistributionServerTable;
  PackageDistributionSite: PackageDistributionSiteTable;
}

/** How a package server is started; app/commands/packageServer.ts makes it of the command line. */
import type { RetryPlan } from '../client/base/backOff.ts';

export interface PackageServerOptions {
  /** Scheme, host and port of the Notification Server. */
  server: URL;
  stateFolder: string;
  token?: string;
  caFile?: string;
  /** SHA-256 (hex) of the Notification Server's public key. */
  pin?: string;
  allowHttp: boolean;
  name?: string;
  /** Address to report instead of the machine's own. */
  address?: string;
  /** Name or address that agents call it by. */
  host: string;
  /** Address to listen on; undefined: all. */
  bind?: string;
  /** Share that publishes `folder`, for agents that read files over it. */
  unc?: { path: string; folder: string };
  /** HTTPS. */
  port: number;
  /** Plain HTTP; 0: none. */
  httpPort: number;
  /** Certificate and key, as node:tls takes them. */
  tls: object;
  /** SHA-256 (hex) of the key's public half: agents know this server by it. Empty: an authority vouches. */
  tlsPin: string;
  /** Folder with packages that were brought here by hand, each below its GUID: verified instead of downloaded. */
  prestage?: string;
  retryPlan: RetryPlan;
  registrationIntervalMs: number;
  /** Milliseconds; reports come at least so often. */
  reportIntervalMs?: number;
  verbose: boolean;
  version: string;
}

/** How an agent is started; app/commands/agent.ts makes it of the command line. */
import type { RetryPlan } from '../client/base/backOff.ts';

export interface AgentOptions {
  /** Scheme, host and port of the Notification Server. */
  server: URL;
  stateFolder: string;
  /** Enrolment token; its pin is the trust in the server unless `caFile` or `pin` is given. */
  token?: string;
  /** PEM file of the only authorities to trust. */
  caFile?: string;
  /** SHA-256 (hex) of the server's public key. */
  pin?: string;
  allowHttp: boolean;
  /** One round, then end. */
  once: boolean;
  /** Host name to report instead of the machine's own. */
  name?: string;
  /** Address to report instead of the machine's own; the server finds the site by it. */
  address?: string;
  retryPlan: RetryPlan;
  /** Milliseconds between registration requests while pending. */
  registrationIntervalMs: number;
  verbose: boolean;
  /** The agent's own version. */
  version: string;
}

/**
 * The one table of what an agent can be told when a request cannot be served. Entries are thrown (`refuse`) and turned
 * into an answer in one place, routes/agent/answer.ts: the agent gets status and short text, the log the cause.
 *
 * Texts are part of the contract: old clients take any answer that contains "error" for one (agent-contract.md 4.3),
 * so every refusal's body does, and no other body may.
 */
export const PROTOCOL_ERRORS = Object.freeze({
  badXml: { status: 400, text: 'The request is not well-formed XML.' },
  badGuid: { status: 400, text: 'A GUID is missing or malformed.' },
  badRequest: { status: 400, text: 'The request lacks what this page needs.' },
  identityMismatch: { status: 403, text: 'Header, body and proof do not name the same computer.' },
  notAuthenticated: { status: 401, text: 'The computer has not proved its identity.' },
  notRegistered: { status: 403, text: 'The computer is not registered.' },
  pending: { status: 403, text: 'The registration awaits approval.' },
  blocked: { status: 403, text: 'The registration is blocked.' },
  httpsRequired: { status: 403, text: 'HTTPS is required.' },
  notFound: { status: 404, text: 'There is no such page.' },
  packageNotFound: { status: 404, text: 'There is no such package.' },
  methodNotAllowed: { status: 405, text: 'The page does not take this method.' },
  tooLarge: { status: 413, text: 'The request is too large.' },
  unsupportedEncoding: { status: 415, text: 'The content encoding is not supported.' },
  tooManyRequests: { status: 429, text: 'Too many requests.', retryAfter: 60 },
  serverBusy: { status: 503, text: 'The server is busy.', retryAfter: 180 },
  queueFull: { status: 503, text: 'Queue was full.', retryAfter: 300 },
  senderFull: { status: 503, text: 'Queue was full for this computer.', retryAfter: 300 },
  senderHeld: { status: 503, text: 'Events of this computer are refused for a while.', retryAfter: 300 },
  unavailable: { status: 503, text: 'The server cannot store data now.', retryAfter: 60 },
  internal: { status: 500, text: 'The server failed to answer.' },
} as const satisfies Record<string, { status: number; text: string; retryAfter?: number }>);

export type ProtocolErrorName = keyof typeof PROTOCOL_ERRORS;

export class ProtocolError extends Error {
  readonly entry: (typeof PROTOCOL_ERRORS)[ProtocolErrorName];
  readonly code: ProtocolErrorName;
  /** Seconds, where it is not the entry's. */
  readonly retryAfter: number | undefined;
  /** `reason` is for the log, never for the agent. */
  constructor(code: ProtocolErrorName, reason?: string, options?: { cause?: unknown; retryAfter?: number }) {
    super(reason ?? PROTOCOL_ERRORS[code].text, options);
    this.name = 'ProtocolError';
    this.code = code;
    this.retryAfter = options?.retryAfter;
    this.entry = PROTOCOL_ERRORS[code];
  }
}

export function refuse(code: ProtocolErrorName, reason?: string, cause?: unknown): never {
  throw new ProtocolError(code, reason, { cause });
}

/** What can go wrong on the way to a server, told apart by what the agent does next. */

/** No answer: name unknown, port closed, time-out, connection cut, certificate not trusted. Try again later. */
export class Unreachable extends Error {
  override name = 'Unreachable';
}

/** The other end is not the one this agent trusts. Trying again helps only after somebody has acted. */
export class NotTrusted extends Unreachable {
  override name = 'NotTrusted';
}

/** The server answered, and said no. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;
  /** The server's name for the reason, `pending` for instance; empty when it gave none. */
  readonly code: string;
  /** What the server asked to wait, if it did. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status: number, code: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server answered with something that is not what the contract says. */
export class BadAnswer extends Error {
  override name = 'BadAnswer';
}

/** One sentence for the log, without its full stop. */
export function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`.replace(/\.$/, '');
}

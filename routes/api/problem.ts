/** What the API answers when it does not do as asked: RFC 9457 problem details, always the same members. */
import type { FieldError } from '../../models/fieldErrors.ts';

const TITLES: Record<number, string> = {
  400: 'The request is not valid',
  401: 'A valid token is needed',
  403: 'The token does not allow this',
  404: 'There is no such thing',
  405: 'The method is not allowed here',
  409: 'The state does not allow this',
  413: 'The request is too large',
  415: 'The media type is not supported',
  429: 'Too many requests',
  500: 'The server failed to answer',
  503: 'The server cannot do this now',
};

/** Thrown by handlers; `detail` is one sentence for the caller and is sent as it stands. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    detail: string,
    more: { errors?: readonly FieldError[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = 'Problem';
    this.status = status;
    this.errors = more.errors ?? [];
    this.headers = more.headers ?? {};
  }
}

/** Faults by field; the detail tells them all for those who only read that. */
export function invalid(errors: readonly FieldError[]): Problem {
  const detail = errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join(' ');
  return new Problem(400, detail, { errors });
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors: readonly FieldError[];
  requestId: string;
}

export function problemDocument({ status, message, errors }: Problem, requestId: string): ProblemDocument {
  // RFC 9457, 4.2.1: "about:blank" says that the status tells all there is to tell apart.
  const title = TITLES[status] ?? TITLES[status >= 500 ? 500 : 400]!;
  return { type: 'about:blank', title, status, detail: message, errors, requestId };
}

/** `found(await getSite(…), 'site')`. @throws Problem 404 when there is nothing */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Problem(404, `There is no such ${what}.`);
  return value;
}

/** For stores that answer whether there was one. @throws Problem 404 */
export function required(isThere: boolean, what: string): void {
  if (!isThere) throw new Problem(404, `There is no such ${what}.`);
}

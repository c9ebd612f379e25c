/** The one place that turns what a handler threw into an answer: short text out, the cause into the log, once. */
import type { ErrorRequestHandler, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import { CmdbUnavailable } from '../../models/cmdb/types.ts';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { ProtocolError } from '../../models/protocolErrors.ts';
import { invalid, Problem, problemDocument } from './problem.ts';

const TRY_AGAIN = { 'Retry-After': '60' };

export function answerProblems(context: AppContext): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const problem = asProblem(thrown);
    const requestId = requestIdOf(response);
    const line = { requestId, method: request.method, path: request.path, status: problem.status, err: problem.cause };
    if (problem.status >= 500) context.log.error(line, problem.message);
    else context.log.info(line, problem.message);
    if (response.headersSent) return next(thrown);
    response
      .status(problem.status)
      .set(problem.headers)
      .type('application/problem+json')
      .send(JSON.stringify(problemDocument(problem, requestId)));
  };
}

export const requestIdOf = (response: Response): string => String(response.getHeader('X-Request-Id'));

function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof InvalidInput) return refusal(thrown);
  if (thrown instanceof CmdbUnavailable) {
    return new Problem(503, 'The CMDB is not available.', { headers: TRY_AGAIN, cause: thrown.cause });
  }
  if (thrown instanceof ProtocolError) {
    const headers = thrown.entry.status === 503 ? TRY_AGAIN : {};
    return new Problem(thrown.entry.status, thrown.entry.text, { headers, cause: thrown });
  }
  return bodyProblem(thrown) ?? new Problem(500, 'The server failed to answer.', { cause: thrown });
}

/** A store that names no field does not refuse what was sent, but to do it now: the thing is in use, for example. */
function refusal({ errors, message }: InvalidInput): Problem {
  return errors.some(({ field }) => field !== '') ? invalid(errors) : new Problem(409, message);
}

/** What Express and its body reader throw before a handler runs. */
function bodyProblem(thrown: unknown): Problem | undefined {
  const { type, status } = thrown as { type?: string; status?: number };
  if (type === 'entity.too.large') return new Problem(413, 'A body may have 1 MB.', { cause: thrown });
  if (type === 'entity.parse.failed') return new Problem(400, 'The body is not JSON.');
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return new Problem(415, 'Send JSON in UTF-8.');
  }
  // An address that cannot be decoded, a body that was cut off.
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem(400, 'The request cannot be read.', { cause: thrown });
  }
  return undefined;
}

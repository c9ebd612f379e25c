/** Which errors of SQL Server mean that it cannot be reached or cannot take writes now. */
import { CmdbUnavailable } from './types.ts';

const CONNECTION_CODES = new Set([
  'ESOCKET',
  'ECONNCLOSED',
  'ETIMEOUT',
  'ENOTOPEN',
  'ECONNRESET',
  'EINSTLOOKUP',
  'ELOGIN',
  'ENOCONN',
]);
// Not enough memory or disk, log full, database unavailable: https://learn.microsoft.com/sql/relational-databases/errors-events
const UNAVAILABLE_NUMBERS = new Set([1105, 9002, 701, 802, 945, 983, 4060, 40613, 17142, 18456]);

/** The error, or `CmdbUnavailable` around it. */
export function translateMssqlError(error: unknown): unknown {
  const { code, number } = error as { code?: string; number?: number };
  if ((code !== undefined && CONNECTION_CODES.has(code)) || (number !== undefined && UNAVAILABLE_NUMBERS.has(number))) {
    return new CmdbUnavailable(error);
  }
  return error;
}

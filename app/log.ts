/** The structured log: one JSON object a line on standard output, secrets redacted by name. */
import pino, { type Logger } from 'pino';

/** The logger of a process. Bodies, tokens and passwords are never passed to it; the redaction is the second lock. */
export function createLog(level: string): Logger {
  return pino({
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['authorization', 'cookie', 'password', 'token', '*.authorization', '*.cookie', '*.password', '*.token'],
      censor: '***',
    },
  });
}

/** What every console answer says to the browser: nothing inline, nothing foreign, no frame. */
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

const HALF_A_YEAR = 180 * 24 * 3600;

const common = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      baseUri: ["'none'"],
      objectSrc: ["'none'"],
      frameAncestors: ["'none'"],
      formAction: ["'self'"],
    },
  },
  frameguard: { action: 'deny' },
  referrerPolicy: { policy: 'same-origin' },
} satisfies HelmetOptions;

/** Names that every machine has: HSTS for them would lock people out of other programs on the same machine. */
const LOCAL_NAME = /^(localhost|127\..*|\[?::1\]?)$/;

export function consoleHeaders(): RequestHandler {
  const plain = helmet({ ...common, strictTransportSecurity: false });
  const secure = helmet({ ...common, strictTransportSecurity: { maxAge: HALF_A_YEAR, includeSubDomains: false } });
  return (request, response, next) => {
    const pins = request.secure && !LOCAL_NAME.test(request.hostname ?? '');
    (pins ? secure : plain)(request, response, next);
  };
}

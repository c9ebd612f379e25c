/** What a request meets: the access log, the agents' pages, then Express with packages, health, API and console. */
import type { RequestListener } from 'node:http';
import express, { type Express, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { apiRouter } from '../routes/api/index.ts';
import { AGENT_PAGE_LIST } from '../routes/agent/pages.ts';
import { agentPages, nextRequestId } from '../routes/agent/dispatch.ts';
import { clientAddress, clientReader } from '../routes/client.ts';
import { consoleRouter } from '../routes/console/index.ts';
import { healthPages } from '../routes/health.ts';
import { packageShare } from '../routes/packageShare/packageShare.ts';
import type { AccessLog } from './accessLog.ts';
import type { AppContext } from './context.ts';

export function createApp(context: AppContext, accessLog: AccessLog | undefined): RequestListener {
  const clientOf = clientReader(context.settings.trustProxy);
  const agents = agentPages(context, AGENT_PAGE_LIST);
  const others = expressApp(context) as unknown as RequestListener;
  return (request, response) => {
    const client = clientOf(request);
    accessLog?.watch(request, response, client.address);
    if (!agents(request, response, client)) others(request, response);
  };
}

function expressApp(context: AppContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // Forwarded headers are believed only from the named proxies: anybody else could write them.
  app.set('trust proxy', context.settings.trustProxy === false ? false : [...context.settings.trustProxy]);

  app.use(packageShare(context));
  app.use(healthPages(context));
  app.use(httpsGate(context));
  app.use('/api/v1', apiRouter(context));
  app.use(consoleRouter(context));
  app.use((_request, response) => {
    response.status(404).type('text/plain').send('There is no such page.\n');
  });
  app.use(lastResort(context));
  return app;
}

const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-proto', 'x-real-ip'];
const LOOPBACK = /^(127\.|::1$)/;

/** Over plain HTTP, people are served from the machine itself only (house.md, "HTTPS"). */
function httpsGate(context: AppContext): RequestHandler {
  return (request, response, next) => {
    const { requireHttps, trustProxy } = context.settings;
    // What a proxy that is not trusted passes on comes from this machine by its socket only.
    const isPassedOn = trustProxy === false && FORWARDED.some((name) => request.headers[name] !== undefined);
    if (request.secure || !requireHttps || (LOOPBACK.test(clientAddress(request)) && !isPassedOn)) return next();
    const target = context.publicUrl.startsWith('https:') ? ` Use ${context.publicUrl}` : '';
    response.status(403).type('text/plain').send(`HTTPS is required here.${target}\n`);
  };
}

/** What no page handled: the client gets an id, the log the cause. */
function lastResort(context: AppContext) {
  return (error: unknown, request: Request, response: Response, next: NextFunction): void => {
    const status = (error as { status?: number }).status ?? 500;
    const requestId = nextRequestId();
    if (status >= 500)
      context.log.error({ requestId, method: request.method, path: request.path, err: error }, 'a page failed');
    if (response.headersSent) return next(error);
    response
      .status(status)
      .type('text/plain')
      .send(
        status >= 500 ? `The server failed to answer. Request id: ${requestId}\n` : 'The request cannot be served.\n',
      );
  };
}

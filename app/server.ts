/** A running server: listeners, services, and a stop that cuts no request and loses no event. */
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { ChangeFollower, trimChangeLog } from '../models/changes/changeLog.ts';
import { AccessLog } from './accessLog.ts';
import { ConfigError, type LoadedSettings } from './config.ts';
import type { AppContext } from './context.ts';
import { createContext, dataFolders } from './createContext.ts';
import { createApp } from './express.ts';
import { createLog } from './log.ts';
import { changeFollowing } from './services/changeFollowing.ts';
import { eventInbox } from './services/eventInbox.ts';
import { eventProcessing } from './services/eventProcessing.ts';
import { computerLifecycle } from './services/computerLifecycle.ts';
import { housekeeping } from './services/housekeeping.ts';
import { machineUsage } from './services/machineUsage.ts';
import { packageServerCare } from './services/packageServerCare.ts';
import { signingKeyCare } from './services/signingKeyCare.ts';
import { packageRefresh } from './services/packageRefresh.ts';
import { packageWatching } from './services/packageWatching.ts';
import { purging } from './services/purge.ts';
import { siteAssignment } from './services/siteAssignment.ts';
import { subnetCensus } from './services/subnetCensus.ts';
import type { Service } from './services/service.ts';

/** The `xml=` form of requests needs more than Node's 16 KB of headers. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Longer than a balancer keeps its own idle connections (60 s), so that it never writes into one we just closed. */
const KEEP_ALIVE_MS = 75_000;
/** Node's five minutes would cut a large inventory off on a slow line, each time it is sent. */
const REQUEST_MS = 30 * 60_000;
/** How long a stop waits for requests that are under way. */
const DRAIN_MS = 15_000;

export interface RunningServer {
  readonly context: AppContext;
  /** Addresses that answer, the console's first. */
  readonly urls: string[];
  stop(): Promise<void>;
}

/** Starts everything. @throws ConfigError and what `createContext` throws */
export async function startServer(loaded: LoadedSettings): Promise<RunningServer> {
  const { settings } = loaded;
  const log = createLog(settings.logLevel);
  const context = await createContext(loaded, log);
  const accessLog = settings.accessLog
    ? new AccessLog(dataFolders(settings.dataDir).logs, (error) =>
        log.error({ err: error }, 'the access log cannot be written'),
      )
    : undefined;
  const app = createApp(context, accessLog);
  const follower = new ChangeFollower(context.cmdb, context.clock);
  const services: Service[] = [
    changeFollowing(context, follower),
    housekeeping(context, () => trimChangeLog(context.cmdb, context.clock)),
    eventProcessing(context),
    eventInbox(context),
    packageRefresh(context),
    packageWatching(context),
    siteAssignment(context),
    subnetCensus(context),
    packageServerCare(context),
    signingKeyCare(context),
    computerLifecycle(context),
    machineUsage(context),
    purging(context),
  ];

  const drains: (() => Promise<void>)[] = [];
  const urls: string[] = [];
  try {
    const options = {
      maxHeaderSize: MAX_HEADER_BYTES,
      keepAliveTimeout: KEEP_ALIVE_MS,
      requestTimeout: REQUEST_MS,
      noDelay: true,
    };
    if (settings.httpsPort !== 0) {
      const https = createHttpsServer({ ...options, ...context.certificate.tls, minVersion: 'TLSv1.2' }, app);
      drains.push(drainOf(https));
      await listen(https, settings.httpsPort, settings.host);
      urls.push(consoleUrl('https', settings.host, settings.httpsPort));
    }
    if (settings.httpPort !== 0) {
      const http = createHttpServer(options, app);
      drains.push(drainOf(http));
      await listen(http, settings.httpPort, settings.host);
      urls.push(consoleUrl('http', settings.host, settings.httpPort));
    }
    for (const service of services) await service.start();
  } catch (error) {
    await Promise.allSettled(drains.map((run) => run()));
    await Promise.allSettled(services.map((service) => service.stop()));
    await context.reports.close();
    await context.queue.stop();
    await context.cmdb.close();
    throw error;
  }

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    log.info('stopping: no new connections, waiting for requests under way');
    await Promise.all(drains.map((run) => run()));
    for (const service of services.toReversed()) await service.stop();
    await context.reports.close();
    await context.queue.stop();
    await flushCounts(context);
    accessLog?.close();
    await context.cmdb.close();
    log.info('stopped');
  };
  return { context, urls, stop: () => (stopping ??= stop()) };
}

async function flushCounts(context: AppContext): Promise<void> {
  const results = await Promise.allSettled([context.contacts.flush(), context.counters.flush()]);
  for (const result of results) {
    if (result.status === 'rejected')
      context.log.error({ err: result.reason }, 'last contacts or counts were not written');
  }
}

/** Call it before the first connection comes: it counts requests from then on. */
function drainOf(server: Server): () => Promise<void> {
  const closeIdle = idleCloser(server);
  return () => drain(server, closeIdle);
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListen(error, port)));
    server.listen(port, host === '' ? undefined : host, () => resolve());
  });
}

function explainListen(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new ConfigError(`Port ${port} is in use: stop the other program or set NS_HTTP_PORT and NS_HTTPS_PORT.`);
  if (error.code === 'EACCES')
    return new ConfigError(
      `Port ${port} needs more rights than this user has: see docs/deployment.md for ports 80 and 443 without root.`,
    );
  if (error.code === 'EADDRNOTAVAIL') return new ConfigError('NS_HOST is not an address of this machine.');
  return error;
}

/** Answers a function that closes every connection of the server on which no request is under way. */
function idleCloser(server: Server): () => void {
  // Node's closeIdleConnections leaves alone what has not sent a request yet, and browsers keep such ones in reserve.
  const unused = new Set<Socket>();
  const add = (socket: Socket): void => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  };
  server.on('connection', add);
  server.on('secureConnection', (socket: Socket) => {
    // Of a TLS connection the request knows the inner socket.
    const outer = (socket as { _parent?: Socket })._parent;
    if (outer !== undefined) unused.delete(outer);
    add(socket);
  });
  server.on('request', (request: IncomingMessage) => void unused.delete(request.socket));
  return () => {
    server.closeIdleConnections();
    for (const socket of unused) socket.destroy();
  };
}

/** Stops listening, lets requests finish, closes what is idle; after DRAIN_MS closes the rest. */
function drain(server: Server, closeIdle: () => void): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(closeIdle, 50);
    const late = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
    closeIdle();
  });
}

function consoleUrl(scheme: string, host: string, port: number): string {
  const name = host === '' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${scheme}://${name}:${port}/Altiris/Console`;
}

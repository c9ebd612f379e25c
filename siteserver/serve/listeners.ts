import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';

/** Longer than a balancer keeps its own idle connections (60 s). */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_MS = 60_000;
/** A head comes at one go; who sends it byte by byte wants to hold the connection. */
const HEAD_MS = 15_000;
const LOOK_MS = 5000;
/** Of connections to each port; those beyond are closed at once. */
const MOST_CONNECTIONS = 5000;
/** How long a stop waits for downloads that are under way. */
const DRAIN_MS = 5000;

export interface Listening {
  close(): Promise<void>;
}

/** Opens HTTPS, and HTTP where it has a port. @throws Error when a port cannot be opened; nothing stays open then */
export async function listen(
  options: { bind?: string; port: number; httpPort: number; tls: object },
  handler: (secure: boolean) => RequestListener,
  { headMs = HEAD_MS, lookMs = LOOK_MS } = {},
): Promise<Listening> {
  const common = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    headersTimeout: headMs,
    connectionsCheckingInterval: lookMs,
    noDelay: true,
  };
  const closers: (() => Promise<void>)[] = [];
  const openOne = async (server: Server, port: number): Promise<void> => {
    closers.push(closerOf(server));
    server.maxConnections = MOST_CONNECTIONS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, options.bind, resolve);
    });
  };
  const close = async (): Promise<void> => void (await Promise.allSettled(closers.map((run) => run())));
  try {
    const secure = createHttpsServer({ ...common, ...options.tls, minVersion: 'TLSv1.2' }, handler(true));
    await openOne(secure, options.port);
    if (options.httpPort !== 0) await openOne(createHttpServer(common, handler(false)), options.httpPort);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

function closerOf(server: Server): () => Promise<void> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return () =>
    new Promise((resolve) => {
      const late = setTimeout(() => sockets.forEach((socket) => socket.destroy()), DRAIN_MS);
      server.close(() => {
        clearTimeout(late);
        resolve();
      });
      server.closeIdleConnections();
    });
}

/** A real server on free loopback ports with a data folder of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../app/config.ts';
import { startServer, type RunningServer } from '../../app/server.ts';
import { ensureFirstAdministrator } from '../../models/security/firstAdministrator.ts';

export interface TestServer {
  readonly server: RunningServer;
  readonly context: RunningServer['context'];
  /** `http://127.0.0.1:port`, open to everything (NS_REQUIRE_HTTPS=false unless the environment says otherwise). */
  readonly http: string;
  /** `https://127.0.0.1:port` with the self-signed certificate; empty unless `https: true`. */
  readonly https: string;
  readonly dataDir: string;
  /** Stops the server and removes its folder. */
  stop(): Promise<void>;
}

export const TEST_PASSWORD = 'correct horse battery staple';

/** Starts a server. `environment` adds NS_… settings; `https` opens the TLS port as well; `dataDir` reuses a folder. */
export async function startTestServer(
  options: { environment?: Record<string, string>; https?: boolean; dataDir?: string } = {},
): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'ns-server-'));
  const httpPort = await freePort();
  const httpsPort = options.https === true ? await freePort() : 0;
  const loaded = loadSettings({
    NS_DATA_DIR: dataDir,
    NS_HOST: '127.0.0.1',
    NS_HTTP_PORT: String(httpPort),
    NS_HTTPS_PORT: String(httpsPort),
    NS_REQUIRE_HTTPS: 'false',
    NS_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent',
    ...options.environment,
  });
  const server = await startServer(loaded);
  await ensureFirstAdministrator(server.context.cmdb, server.context.clock, TEST_PASSWORD);
  return {
    server,
    context: server.context,
    http: `http://127.0.0.1:${httpPort}`,
    https: httpsPort === 0 ? '' : `https://127.0.0.1:${httpsPort}`,
    dataDir,
    stop: async () => {
      await server.stop();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

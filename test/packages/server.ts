/** A server with a published package, and an agent that may fetch it. */
import type { Guid } from '../../wire/guid.ts';
import { braces } from '../../wire/guid.ts';
import { PACKAGE_SHARE, PAGE } from '../../wire/paths.ts';
import { parseXml, type XmlElement } from '../../wire/xml.ts';
import { createPackage } from '../../models/packages/createPackage.ts';
import { refreshPackage, type RefreshDeps } from '../../models/packages/refreshPackage.ts';
import { addLegacyAgent, LEGACY_LOOPBACK } from '../support/agents.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { JANE, refreshDeps, TestFolder } from './support.ts';

export interface PackageServer {
  server: TestServer;
  agent: Guid;
  source: TestFolder;
  deps: RefreshDeps;
  /** Makes and publishes a package of `source`; answers its GUID and version. */
  publish(name: string): Promise<{ guid: Guid; version: number }>;
  /** Publishes what has changed. */
  republish(guid: Guid): Promise<number>;
  stop(): Promise<void>;
}

/** The refresh service stays off, so that nothing happens but what the test does. */
export async function startPackageServer(environment: Record<string, string> = {}): Promise<PackageServer> {
  const server = await startTestServer({
    environment: { ...LEGACY_LOOPBACK, NS_PACKAGE_REFRESH_HOURS: '0', ...environment },
  });
  const { context, dataDir } = server;
  const source = new TestFolder();
  const deps = { ...refreshDeps(context.cmdb, context.clock, dataDir), key: context.secrets, refreshHours: 0 };
  const republish = async (guid: Guid): Promise<number> => {
    const outcome = await refreshPackage(deps, guid);
    if (outcome.result !== 'published') throw new Error(`not published: ${JSON.stringify(outcome)}`);
    await context.packages.refresh(context.cmdb, guid);
    return outcome.version;
  };
  return {
    server,
    agent: await addLegacyAgent(context),
    source,
    deps,
    republish,
    publish: async (name) => {
      const later = { firstRefreshAt: context.clock.now() + 3_600_000 };
      const guid = await createPackage(
        context.cmdb,
        context.clock,
        JANE,
        { name, sourcePath: source.path },
        deps.limits,
        later,
      );
      return { guid, version: await republish(guid) };
    },
    stop: async () => {
      await server.stop();
      source.remove();
    },
  };
}

export const infoRequest = (agent: Guid, packages: readonly Guid[], addresses: readonly string[] = []): string =>
  `<request resource="${braces(agent)}" version="1" type="codebases" compress="0" totalTime="0"><packages>${packages
    .map((guid) => `<package guid="${braces(guid)}"/>`)
    .join('')}</packages><addresses>${addresses.map((ip) => `<address ip="${ip}"/>`).join('')}</addresses></request>`;

export async function askInfo({ server, agent }: PackageServer, packages: readonly Guid[]): Promise<XmlElement> {
  const query = new URLSearchParams({ xml: infoRequest(agent, packages) });
  const response = await fetch(`${server.http}${PAGE.getPackageInfo}?${query}`);
  return parseXml(await response.text());
}

/** Address of a file, with a token for the agent. */
export function fileAddress({ server, agent }: PackageServer, guid: Guid, version: number, path: string): string {
  const token = server.context.tokens.issueDownloadToken(agent, guid);
  return `${server.http}${PACKAGE_SHARE}${token}/${encodeURIComponent(braces(guid))}/${version}/${path}`;
}

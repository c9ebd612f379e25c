/**
 * The Notification Server, package servers and agents as real processes on loopback. A site is a loopback network;
 * what an administrator does is done in the CMDB, as another node would, or in the browser by the test.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../../app/config.ts';
import type { Actor } from '../../../models/audit/audit.ts';
import { systemClock } from '../../../models/clock.ts';
import { openCmdb, type AnyCmdb } from '../../../models/cmdb/open.ts';
import { addPackageServer } from '../../../models/packageServers/changePackageServers.ts';
import { createPackage } from '../../../models/packages/createPackage.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { createSoftwarePolicy } from '../../../models/policies/changePolicies.ts';
import { createSite } from '../../../models/sites/changeSites.ts';
import { createSubnet } from '../../../models/sites/changeSubnets.ts';
import { createTarget } from '../../../models/targets/changeTargets.ts';
import type { Guid } from '../../../wire/guid.ts';
import { TARGET } from '../../../wire/wellKnown.ts';
import { runNs, startNs, type NsProcess } from '../../support/process.ts';
import { freePort } from '../../support/server.ts';

export const JANE: Actor = { name: 'jane', address: '' };
const TRIES = 450;
const PAUSE_MS = 200;

export interface PackageServerOptions {
  /** Address it is reached at; its site's network. */
  address: string;
  /** Address it listens on, when something stands in between. */
  bind?: string;
  port?: number;
  /** What it is started under, for example in a mount namespace of its own. */
  under?: readonly string[];
  more?: readonly string[];
  settings?: object;
}

export class World {
  readonly folder: string;
  readonly base: string;
  readonly environment: Record<string, string>;
  readonly server: NsProcess;
  readonly cmdb: AnyCmdb;
  readonly token: string;
  readonly processes = new Map<string, NsProcess>();
  readonly guids = new Map<string, Guid>();

  private constructor(start: Pick<World, 'folder' | 'base' | 'environment' | 'server' | 'cmdb' | 'token'>) {
    this.folder = start.folder;
    this.base = start.base;
    this.environment = start.environment;
    this.server = start.server;
    this.cmdb = start.cmdb;
    this.token = start.token;
  }

  /** `settings` adds NS_… settings. */
  static async start(settings: Record<string, string> = {}): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), 'ns-package-servers-'));
    const [https, http] = [await freePort(), await freePort()];
    const base = `https://127.0.0.1:${https}`;
    const environment = {
      NS_DATA_DIR: join(folder, 'data'),
      NS_HTTPS_PORT: String(https),
      NS_HTTP_PORT: String(http),
      NS_HOST: '127.0.0.1',
      NS_PUBLIC_URL: base,
      ...settings,
    };
    const server = startNs(['serve'], environment);
    await server.untilSays(/Console: /);
    const made = await runNs(['token', 'create', '--name', 'e2e'], environment);
    const token = made.output.match(/[0-9a-f]{32}\.\S+/)![0];
    const cmdb = await openCmdb(loadSettings(environment).settings.cmdb);
    return new World({ folder, base, environment, server, cmdb, token });
  }

  async stop(): Promise<void> {
    const all = [...this.processes.values(), this.server];
    for (const { child } of all) child.kill('SIGKILL');
    await Promise.all(all.map(({ exit }) => exit));
    await this.cmdb.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A site that is one network. */
  async site(name: string, subnet: string, more: object = {}): Promise<Guid> {
    const guid = await createSite(this.cmdb, systemClock, JANE, { name, ...more });
    await createSubnet(this.cmdb, systemClock, JANE, { subnet, siteGuid: guid });
    return guid;
  }

  async package(name: string, sourcePath: string): Promise<Guid> {
    const programs = [{ name: `Install ${name}`, commandLine: './setup.sh' }];
    const fields = { name, sourceKind: 'folder' as const, sourcePath, programs };
    const limits = sourceLimits(loadSettings(this.environment).settings);
    return createPackage(this.cmdb, systemClock, JANE, fields, limits);
  }

  async policy(packageGuid: Guid, name: string, targets: Guid[] = [TARGET.allComputers]): Promise<void> {
    const { Guid: programGuid } = await this.cmdb.db
      .selectFrom('Program')
      .select('Guid')
      .where('PackageGuid', '=', packageGuid)
      .executeTakeFirstOrThrow();
    const fields = { name, isEnabled: true, targets, packageGuid, programGuid };
    await createSoftwarePolicy(this.cmdb, systemClock, JANE, fields);
  }

  /** Resolves once it is registered and has the package service. */
  async packageServer(name: string, options: PackageServerOptions): Promise<void> {
    const { address, bind = address, under, more = [], settings = {} } = options;
    const port = options.port ?? (await freePort());
    const args = ['package-server', '--server', this.base, '--state', this.stateOf(name), '--port', String(port)];
    const where = ['--host', address, '--bind', bind, '--address', address, '--name', name, '--token', this.token];
    const pace = ['--report-interval', '1', '--retry-unit', '1', '--verbose'];
    const process = startNs([...args, ...where, ...pace, ...more], {}, under);
    this.processes.set(name, process);
    const [, guid] = await process.untilSays(/Registered as ([0-9a-f-]{36})/);
    this.guids.set(name, guid as Guid);
    await addPackageServer(this.cmdb, systemClock, JANE, guid as Guid, settings);
  }

  stateOf(name: string): string {
    return join(this.folder, name);
  }

  async kill(name: string): Promise<void> {
    const { child, exit } = this.processes.get(name)!;
    child.kill('SIGKILL');
    await exit;
  }

  /** An agent without anything, at an address. */
  agentArgs(address: string, name: string): string[] {
    const args = ['agent', '--server', this.base, '--state', this.stateOf(name), '--token', this.token, '--name', name];
    return [...args, '--address', address, '--retry-unit', '1', '--verbose'];
  }

  /** One round of it. */
  agentAt(address: string, name: string): Promise<{ code: number | null; output: string }> {
    return runNs([...this.agentArgs(address, name), '--once']);
  }

  /** A computer that an agent has registered, and a target that is this computer alone. */
  async computer(name: string, address: string): Promise<Guid> {
    const { output } = await this.agentAt(address, name);
    const guid = /Registered as ([0-9a-f-]{36})/.exec(output)?.[1] as Guid | undefined;
    if (guid === undefined) throw new Error(output);
    this.guids.set(name, guid);
    return createTarget(this.cmdb, systemClock, JANE, { name, computers: [guid] });
  }

  /** An agent that goes on. */
  startAgent(address: string, name: string): NsProcess {
    const process = startNs(this.agentArgs(address, name));
    this.processes.set(name, process);
    return process;
  }

  holding(name: string, packageGuid: Guid) {
    return this.cmdb.db
      .selectFrom('PackageHolding as h')
      .innerJoin('Package as p', 'p.Guid', 'h.PackageGuid')
      .select(['h.State', 'h.HeldVersion', 'p.CurrentVersion', 'h.Versions', 'h.Detail'])
      .where('h.ResourceGuid', '=', this.guids.get(name)!)
      .where('h.PackageGuid', '=', packageGuid)
      .executeTakeFirst();
  }

  untilHeld(name: string, packageGuid: Guid, newerThan = 0): Promise<void> {
    return this.until(`${name} holds the package`, async () => {
      const found = await this.holding(name, packageGuid);
      return found?.State === 'ready' && found.HeldVersion === found.CurrentVersion && found.HeldVersion! > newerThan;
    });
  }

  /** Waits for the very state; on giving up it says what everybody said. */
  async until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (await holds()) return;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    const logs = [...this.processes].map(([name, { output }]) => `${name}:\n${output()}`).join('\n');
    const held = await this.cmdb.db.selectFrom('PackageHolding').selectAll().execute();
    throw new Error(`in vain: ${what}\n${JSON.stringify(held)}\n${logs}`);
  }
}

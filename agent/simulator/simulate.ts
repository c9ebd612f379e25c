/** The fleet simulator: many agents of the contract in one process, for load tests and for trying a server out. */
import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { HttpClient, refuseClearText } from '../../client/http/client.ts';
import { sentence } from '../../client/http/errors.ts';
import { chooseTrust } from '../../client/identity/chooseTrust.ts';
import { Caller, CallFailed, Pace } from './caller.ts';
import { Fleet } from './fleet.ts';
import { Random } from './random.ts';
import { Statistics, type CallFigures } from './statistics.ts';
import { Shared, VirtualAgent } from './virtualAgent.ts';

export type Scenario = 'all' | 'checkin' | 'events';

export interface SimulationOptions {
  server: URL;
  agents: number;
  token?: string;
  caFile?: string;
  pin?: string;
  allowHttp: boolean;
  scenario: Scenario;
  /** Whole length; undefined: every computer goes through its day once. */
  durationMs?: number;
  /** Calls a second; 0: as many as go. */
  rate: number;
  /** Computers that are at it at the same time, each over a connection. */
  connections: number;
  /** Makes the computers; undefined: new ones. */
  seed?: string;
  version: string;
}

export interface SimulationResult {
  seed: string;
  figures: CallFigures[];
  problems: Statistics['problems'];
  /** Registrations by answer. */
  registrations: Record<'allowed' | 'pending' | 'blocked' | 'failed', number>;
}

/** Says how far a phase has come. */
export type Progress = (phase: string, done: number, of: number) => void;

/** @throws NotTrusted */
export async function simulate(
  options: SimulationOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<SimulationResult> {
  const seed = options.seed ?? randomBytes(8).toString('hex');
  refuseClearText(options.server, options.allowHttp);
  const http = new HttpClient({
    trust: chooseTrust(options, undefined),
    server: options.server,
    allowHttp: options.allowHttp,
    userAgent: `notification-server-simulator/${options.version}`,
    maxSockets: options.connections,
  });
  const end =
    options.durationMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(options.durationMs)]);
  // Each call under way listens to it.
  setMaxListeners(0, end);
  const statistics = new Statistics();
  const caller = new Caller(http, statistics, new Pace(options.rate), end);
  const registrations = { allowed: 0, pending: 0, blocked: 0, failed: 0 };
  try {
    await new Simulation(options, seed, caller, progress, end).run(registrations);
  } finally {
    http.close();
  }
  return { seed, figures: statistics.figures, problems: statistics.problems, registrations };
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #caller: Caller;
  readonly #progress: Progress;
  readonly #end: AbortSignal;
  readonly #random: Random;
  readonly #agents: VirtualAgent[];

  constructor(options: SimulationOptions, seed: string, caller: Caller, progress: Progress, end: AbortSignal) {
    const fleet = new Fleet(seed);
    const shared = new Shared();
    this.#options = options;
    this.#caller = caller;
    this.#progress = progress;
    this.#end = end;
    this.#random = new Random(seed, 'course of the day');
    this.#agents = Array.from(
      { length: options.agents },
      (_, index) => new VirtualAgent(index + 1, fleet, shared, options.version),
    );
  }

  async run(registrations: SimulationResult['registrations']): Promise<void> {
    const { token, scenario } = this.#options;
    const members: VirtualAgent[] = [];
    await this.#each('registration', this.#agents, async (agent) => {
      const state = await agent.register(this.#caller, token).catch((error: unknown) => failedOr(error));
      registrations[state] += 1;
      if (state === 'allowed') members.push(agent);
    });
    await this.#each('authentication', members, (agent) => agent.authenticate(this.#caller));
    if (scenario !== 'checkin') await this.#each('inventory', members, (agent) => agent.sendInventory(this.#caller));
    await this.#each('policies', members, (agent) => agent.checkPolicies(this.#caller));
    if (scenario === 'all') await this.#each('deliveries', members, (agent) => this.#deliver(agent));
    if (scenario !== 'events') await this.#each('check-ins', members, (agent) => agent.checkPolicies(this.#caller));
    if (this.#options.durationMs !== undefined && members.length > 0) await this.#goOn(members);
  }

  async #deliver(agent: VirtualAgent): Promise<void> {
    for (const delivery of agent.deliveries) {
      if (delivery.package.internalVersion > 0) {
        await agent.askPackageInfo(this.#caller, delivery);
        await agent.askSnapshot(this.#caller);
      }
      await agent.reportDelivery(this.#caller, delivery, this.#random);
    }
  }

  /** Until the time is over: what a settled fleet does, mostly unchanged check-ins. */
  async #goOn(members: readonly VirtualAgent[]): Promise<void> {
    let done = 0;
    const worker = async (): Promise<void> => {
      while (!this.#end.aborted) {
        await this.#guard(() => this.#oneThing(this.#random.pick(members)));
        this.#progress('steady state', ++done, done);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#options.connections, members.length) }, worker));
  }

  #oneThing(agent: VirtualAgent): Promise<void> {
    const { scenario } = this.#options;
    const dice = this.#random.fraction();
    if (scenario === 'checkin') return agent.checkPolicies(this.#caller);
    const delivery = agent.deliveries.length === 0 ? undefined : this.#random.pick(agent.deliveries);
    if (scenario === 'events') {
      return delivery === undefined || dice < 0.2
        ? agent.sendInventory(this.#caller)
        : agent.reportDelivery(this.#caller, delivery, this.#random);
    }
    if (dice < 0.8) return agent.checkPolicies(this.#caller);
    if (dice < 0.88 || delivery === undefined) return agent.sendInventory(this.#caller);
    if (dice < 0.93) return agent.askPackageInfo(this.#caller, delivery);
    if (dice < 0.97) return agent.askSnapshot(this.#caller);
    return agent.reportDelivery(this.#caller, delivery, this.#random);
  }

  /** Every computer once, as many at a time as there are connections. */
  async #each(
    phase: string,
    agents: readonly VirtualAgent[],
    act: (agent: VirtualAgent) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    let done = 0;
    const worker = async (): Promise<void> => {
      while (next < agents.length && !this.#end.aborted) {
        const agent = agents[next++]!;
        await this.#guard(() => act(agent));
        this.#progress(phase, ++done, agents.length);
      }
    };
    await Promise.all(Array.from({ length: this.#options.connections }, worker));
  }

  /** A failed call is counted and ends what this computer was doing; so does an answer that cannot be read. */
  async #guard(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof CallFailed) && !this.#end.aborted) this.#caller.unreadable(sentence(error));
    }
  }
}

function failedOr(error: unknown): 'failed' {
  if (error instanceof CallFailed) return 'failed';
  throw error;
}

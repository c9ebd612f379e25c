/**
 * The open reference agent: a client of the contract (agent-contract.md section 3). It registers, reports its
 * inventory, learns its policies, fetches and runs what they name, and says how that went.
 */
import { BackOff } from '../client/base/backOff.ts';
import { privateFolder } from '../client/base/files.ts';
import { lockState } from '../client/base/lock.ts';
import type { AgentLog } from '../client/base/log.ts';
import { durationText, pause, spread, Waker } from '../client/base/waiting.ts';
import { CheckIn } from '../client/checkIn.ts';
import { DeliveryWork } from './deliveryWork.ts';
import { postEvents } from '../client/events/post.ts';
import { EventQueue } from '../client/events/queue.ts';
import { Reporter } from '../client/events/reporter.ts';
import { HttpClient, refuseClearText } from '../client/http/client.ts';
import { NotTrusted, Refused, sentence, Unreachable } from '../client/http/errors.ts';
import { chooseTrust } from '../client/identity/chooseTrust.ts';
import { Identity } from '../client/identity/identity.ts';
import { loadKey } from '../client/identity/keys.ts';
import { Server } from '../client/identity/server.ts';
import { SentInventory } from '../client/inventory/basicInventory.ts';
import { SessionLog } from '../client/inventory/sessions.ts';
import type { AgentOptions } from './options.ts';
import { Fetcher } from './packages/fetcher.ts';
import { PackageStore } from './packages/store.ts';
import { PolicyCache } from '../client/policies/cache.ts';
import { blockedFor } from '../client/policies/settings.ts';
import { Journal } from './programs/journal.ts';
import { Runner } from './programs/runner.ts';

/** Exit codes of one round. */
export const EXIT = { done: 0, failed: 1, pending: 3 } as const;

/** Machine policies without contact are followed for 28 days [observed, 8.8]. */
const POLICIES_LAST_MS = 28 * 24 * 3_600_000;
/** A blocked computer asks much less often than a pending one. */
const BLOCKED_FACTOR = 20;

/**
 * Runs until the signal aborts, or one round with `once`. Answers the exit code.
 * @throws StateInUse, NotTrusted (options that name nothing to trust)
 */
export async function runAgent(options: AgentOptions, log: AgentLog, signal: AbortSignal): Promise<number> {
  privateFolder(options.stateFolder);
  const unlock = lockState(options.stateFolder);
  try {
    const agent = new Agent(options, log);
    try {
      return options.once ? await agent.once(signal) : await agent.forever(signal);
    } finally {
      agent.close();
    }
  } finally {
    unlock();
  }
}

class Agent {
  readonly #options: AgentOptions;
  readonly #log: AgentLog;
  readonly #http: HttpClient;
  readonly #identity: Identity;
  readonly #server: Server;
  readonly #queue: EventQueue;
  readonly #cache: PolicyCache;
  readonly #checkIn: CheckIn;
  readonly #runner: Runner;
  readonly #work: DeliveryWork;
  readonly #eventLane = new Waker();
  /** Ends the wait for a server that could not be reached. */
  #serverIsBack = new Waker();

  constructor(options: AgentOptions, log: AgentLog) {
    const { stateFolder, server: address, token, name, version } = options;
    refuseClearText(address, options.allowHttp);
    this.#options = options;
    this.#log = log;
    const identity = (this.#identity = new Identity(stateFolder));
    const key = loadKey(stateFolder);
    const trust = chooseTrust(options, identity.trust);
    const userAgent = `notification-server-agent/${version}`;
    const http = (this.#http = new HttpClient({ trust, server: address, allowHttp: options.allowHttp, userAgent }));
    const server = (this.#server = new Server(http, identity, key.privateKey));
    const cache = (this.#cache = new PolicyCache(stateFolder));
    const queue = (this.#queue = new EventQueue(stateFolder));
    queue.onAdd = () => this.#eventLane.wake();
    const reporter = new Reporter(queue, () => this.#checkIn.sender);
    const sent = new SentInventory(stateFolder);
    const sessions = new SessionLog(stateFolder);
    this.#checkIn = new CheckIn({
      http,
      server,
      identity,
      key,
      trust,
      cache,
      reporter,
      sent,
      sessions,
      log,
      token,
      name,
      address: options.address,
      version,
    });

    const store = new PackageStore(stateFolder);
    const journal = new Journal(stateFolder);
    const addresses = () => this.#checkIn.addresses;
    const fetcher = new Fetcher({ server, identity, store, log, retryPlan: options.retryPlan, addresses });
    this.#runner = new Runner({ stateFolder, journal, reporter, log });
    const downloadsRestFor = () => blockedFor(this.#checkIn.settings, 'download', new Date());
    const isUserLoggedOn = () => this.#checkIn.isUserLoggedOn;
    const runner = this.#runner;
    this.#work = new DeliveryWork({
      identity,
      store,
      fetcher,
      journal,
      runner,
      reporter,
      log,
      downloadsRestFor,
      isUserLoggedOn,
    });
  }

  close(): void {
    this.#http.close();
  }

  async once(signal: AbortSignal): Promise<number> {
    await this.#checkIn.look();
    this.#runner.reportInterrupted();
    try {
      const state = await this.#checkIn.register(signal);
      if (state !== 'allowed') {
        this.#log.info(state === 'pending' ? 'The registration awaits approval.' : 'The registration is blocked.');
        return state === 'pending' ? EXIT.pending : EXIT.failed;
      }
      this.#checkIn.queueInventory();
      await this.#checkIn.updatePolicies(signal);
      this.#work.setPolicies(this.#cache.all.values());
      const isComplete = await this.#work.doAllDue(signal);
      await postEvents(this.#queue, this.#server, this.#log, signal);
      return isComplete && !signal.aborted ? EXIT.done : EXIT.failed;
    } catch (error) {
      this.#noteRefusal(error);
      if (signal.aborted) this.#log.info('Stopped.');
      else this.#log.error(sentence(error));
      return EXIT.failed;
    }
  }

  async forever(signal: AbortSignal): Promise<number> {
    this.#log.info(
      `Agent ${this.#options.version}, computer ${this.#identity.guid}, server ${this.#options.server.origin}.`,
    );
    await this.#checkIn.look();
    this.#runner.reportInterrupted();
    if (this.#arePoliciesInForce()) this.#work.setPolicies(this.#cache.all.values());
    const work = [
      this.#checkInUntil(signal),
      this.#postUntil(signal),
      this.#work.fetchUntil(signal),
      this.#work.runUntil(signal),
    ];
    await Promise.all(work);
    this.#log.info('Stopped.');
    return EXIT.done;
  }

  async #checkInUntil(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(this.#options.retryPlan);
    // "At startup and after blockout" every agent waits a random time within the policy's limit (KB 179954).
    await pause(Math.random() * this.#checkIn.settings.randomDelayMs, signal);
    while (!signal.aborted) {
      let wait: number;
      await this.#sitOutBlockout(signal);
      if (signal.aborted) return;
      try {
        wait = spread(await this.#round(signal));
        backOff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        this.#noteRefusal(error);
        wait = Math.max(spread(backOff.failed()), retryAfterOf(error));
        const line = `${sentence(error)}. Next try in ${durationText(wait)}.`;
        if (error instanceof NotTrusted) this.#log.error(line);
        else this.#log.warn(line);
        if (!this.#arePoliciesInForce()) this.#work.setPolicies([]);
      }
      await pause(wait, signal);
    }
  }

  /** One round; answers the milliseconds until the next. */
  async #round(signal: AbortSignal): Promise<number> {
    await this.#checkIn.look();
    const state = await this.#checkIn.register(signal);
    if (state !== 'allowed') {
      this.#log.info(state === 'pending' ? 'The registration awaits approval.' : 'The registration is blocked.');
      // Who is shut out does not go on installing what it was told before.
      if (state === 'blocked') this.#work.setPolicies([]);
      return this.#options.registrationIntervalMs * (state === 'pending' ? 1 : BLOCKED_FACTOR);
    }
    this.#checkIn.queueInventory();
    this.#eventLane.wake();
    await this.#checkIn.updatePolicies(signal);
    this.#serverIsBack.wake();
    this.#work.setPolicies(this.#cache.all.values());
    const untilInventory = Math.max(this.#checkIn.inventoryDueAt - Date.now(), 1000);
    return Math.min(this.#checkIn.settings.policyIntervalMs, untilInventory);
  }

  async #postUntil(signal: AbortSignal): Promise<void> {
    const backOff = new BackOff(this.#options.retryPlan);
    while (!signal.aborted) {
      if (this.#identity.registered === undefined || this.#queue.size === 0) {
        await this.#eventLane.wait(Number.POSITIVE_INFINITY, signal);
        continue;
      }
      try {
        await this.#sitOutBlockout(signal);
        await postEvents(this.#queue, this.#server, this.#log, signal);
        backOff.succeeded();
      } catch (error) {
        if (signal.aborted) return;
        const wait = Math.max(spread(backOff.failed()), retryAfterOf(error));
        this.#log.warn(`Events wait (${this.#queue.size}): ${sentence(error)}. Next try in ${durationText(wait)}.`);
        // A new waker: another event is no reason to try earlier, nor a round before this failure. And a server that
        // answers, but asks to wait with events, is not to be asked earlier because it has time for policies.
        this.#serverIsBack = new Waker();
        if (error instanceof Unreachable) await this.#serverIsBack.wait(wait, signal);
        else await pause(wait, signal);
      }
    }
  }

  async #sitOutBlockout(signal: AbortSignal): Promise<void> {
    const rest = blockedFor(this.#checkIn.settings, 'total', new Date());
    if (rest === 0) return;
    this.#log.info(`A blockout holds for ${durationText(rest)}.`);
    await pause(rest + Math.random() * this.#checkIn.settings.randomDelayMs, signal);
  }

  /** The server no longer counts this computer, or this key, among the registered: the next round asks anew. */
  #noteRefusal(error: unknown): void {
    const isOut = error instanceof Refused && /^(notRegistered|notAuthenticated|pending|blocked)$/.test(error.code);
    if (isOut) this.#identity.forgetRegistration();
  }

  #arePoliciesInForce(): boolean {
    return Date.now() - this.#identity.policiesAt < POLICIES_LAST_MS;
  }
}

function retryAfterOf(error: unknown): number {
  return error instanceof Refused ? (error.retryAfterMs ?? 0) : 0;
}

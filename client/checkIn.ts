/** A round with the server: be registered, send inventory when there is news, learn the policies. */
import { PAGE } from '../wire/paths.ts';
import { readPolicyResponse, writePolicyRequest } from '../wire/policy.ts';
import type { AgentLog } from './base/log.ts';
import type { Reporter, Sender } from './events/reporter.ts';
import type { HttpClient } from './http/client.ts';
import { BadAnswer } from './http/errors.ts';
import type { Trust } from './http/trust.ts';
import type { Identity } from './identity/identity.ts';
import type { AgentKey } from './identity/keys.ts';
import { askRegistration, checkServerKey, registrationHash } from './identity/register.ts';
import type { Server } from './identity/server.ts';
import { inventoryBlocks, type SentInventory } from './inventory/basicInventory.ts';
import type { HostFacts } from './inventory/facts.ts';
import type { SessionLog } from './inventory/sessions.ts';
import { hostFacts, resourceKeys } from './inventory/host.ts';
import type { PolicyCache } from './policies/cache.ts';
import { communicationSettings, type CommunicationSettings } from './policies/settings.ts';

export interface CheckInDeps {
  http: HttpClient;
  server: Server;
  identity: Identity;
  key: AgentKey;
  trust: Trust;
  cache: PolicyCache;
  reporter: Reporter;
  sent: SentInventory;
  /** With it the agent tells who logs on and off. */
  sessions?: SessionLog | undefined;
  log: AgentLog;
  token: string | undefined;
  name: string | undefined;
  /** Address to report instead of the computer's own. */
  address?: string | undefined;
  version: string;
}

const LARGEST_POLICIES = 64 * 1024 * 1024;

export class CheckIn {
  readonly #deps: CheckInDeps;
  #facts: HostFacts | undefined;

  constructor(deps: CheckInDeps) {
    this.#deps = deps;
  }

  get settings(): CommunicationSettings {
    return communicationSettings(this.#deps.cache.all.values());
  }

  get addresses(): readonly string[] {
    return this.#facts?.addresses.map(({ address }) => address) ?? [];
  }

  get isUserLoggedOn(): boolean {
    return (this.#facts?.user ?? '') !== '';
  }

  /** What events say about their sender. Only after `look`. */
  get sender(): Sender {
    const facts = this.#facts!;
    return { guid: this.#deps.identity.guid, name: facts.hostName, keys: resourceKeys(facts) };
  }

  /** Looks at the computer anew. */
  async look(): Promise<void> {
    const { identity, name, address } = this.#deps;
    this.#facts = await hostFacts({ name, address, fallbackMachineId: identity.fallbackMachineId });
    this.#deps.sessions?.see(this.#facts.users, Date.now());
  }

  /** Registers when there is no registration, or another name or key than the registered ones. */
  async register(signal: AbortSignal): Promise<'allowed' | 'pending' | 'blocked'> {
    const { identity, key, http, server, token, trust, log, sent } = this.#deps;
    const { name, keys } = this.sender;
    const request = { name, policyKey: key.blob, keys };
    const hash = registrationHash(request);
    if (identity.registered === hash) return 'allowed';
    const answer = await askRegistration(http, { ...request, guid: identity.guid }, token, signal);
    if (answer.state !== 'allowed') return answer.state;
    // Another key than the pinned one is believed if the server's statements lead to it, and not because it is shown.
    if (identity.nsKey !== undefined && identity.nsKey !== answer.nsKey) await server.followKeys(signal);
    checkServerKey(identity.nsKey, answer.nsKey, identity.keysForFetched);
    if (answer.guid !== identity.guid) sent.forget();
    identity.confirm(answer.guid, answer.nsKey, hash, trust);
    log.info(`Registered as ${answer.guid}${answer.existing ? ', a computer that the server knew' : ''}.`);
    return 'allowed';
  }

  /** Puts log-ons and basic inventory into the event queue: all of it when it is due, else what has changed. */
  queueInventory(now = new Date()): void {
    const { http, reporter, sent, sessions, version, log } = this.#deps;
    sessions?.report((news) => reporter.logOn(news));
    const primaryUser = sessions?.primaryUser;
    const blocks = inventoryBlocks(this.#facts!, version, now, { server: http.server, primaryUser });
    const interval = this.settings.inventoryIntervalMs;
    const classes = sent.select(blocks, interval, now.getTime());
    if (classes.length === 0) return;
    reporter.inventory(classes);
    sent.remember(blocks, interval, now.getTime());
    log.detail(`Inventory: ${classes.map((dataClass) => dataClass.name).join(', ')}.`);
  }

  /** Milliseconds since 1970 when the next full inventory is due. */
  get inventoryDueAt(): number {
    return this.#deps.sent.dueAt(this.settings.inventoryIntervalMs);
  }

  /** @throws Unreachable, Refused, BadAnswer; the policies that are here then stay in force */
  async updatePolicies(signal: AbortSignal): Promise<void> {
    const { server, identity, cache, log } = this.#deps;
    const body = writePolicyRequest(identity.guid, cache.hashes);
    const call = { method: 'POST' as const, address: PAGE.getClientPolicies, body };
    const keysBefore = identity.trustedKeys;
    const answer = await server.callOk(call, 'policies', signal, LARGEST_POLICIES);
    if (identity.nsKey !== keysBefore?.key)
      log.info('The server has a new signing key, for which the one before has signed.');
    const { added, withdrawn } = cache.update(identity.guid, readAnswer(answer.text));
    for (const policy of added) log.info(`Policy "${policy.name}" is in force.`);
    for (const policy of withdrawn) log.info(`Policy "${policy.name}" was withdrawn.`);
    identity.heardPolicies(Date.now());
  }
}

function readAnswer(text: string) {
  try {
    return readPolicyResponse(text);
  } catch (error) {
    throw new BadAnswer('the policy answer cannot be read', { cause: error });
  }
}

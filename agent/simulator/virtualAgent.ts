/** One simulated computer's calls. What it has to remember is small and, where it can be, shared with others. */
import { createPublicKey } from 'node:crypto';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { localTime, nseClass, SWD_PACKAGE_STATUS, writeNse, type NseClass } from '../../wire/nse.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { readPolicyResponse, writePolicyRequest } from '../../wire/policy.ts';
import { writeKeyBlob } from '../../wire/proof.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import { readBearer, readChallenge, writeProof } from '../../client/identity/authenticate.ts';
import { readRegistration, writeRegistration } from '../../client/identity/register.ts';
import { inventoryBlocks } from '../../client/inventory/basicInventory.ts';
import { resourceKeys } from '../../client/inventory/host.ts';
import { readPackageInfo, writePackageInfoRequest } from '../../client/packages/packageInfo.ts';
import { ownAddress } from '../../client/packages/snapshot.ts';
import { deliveriesOf, type Delivery } from '../policies/deliveries.ts';
import type { Caller } from './caller.ts';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';

/** What is the same for many computers is kept once. */
export class Shared {
  readonly #hashes = new Map<string, ReadonlyMap<Guid, string>>();
  readonly #deliveries = new Map<string, readonly Delivery[]>();

  hashes(found: ReadonlyMap<Guid, string>): ReadonlyMap<Guid, string> {
    const key = JSON.stringify([...found]);
    const known = this.#hashes.get(key);
    if (known === undefined) this.#hashes.set(key, found);
    return known ?? found;
  }

  /** Deliveries by policy and its hash: read once, although every computer gets the body. */
  deliveriesOf(response: ReturnType<typeof readPolicyResponse>): readonly Delivery[] {
    const key = JSON.stringify([...response.hashes]);
    let known = this.#deliveries.get(key);
    if (known === undefined) {
      const policies = response.policies.map((policy) => ({ ...policy, hash: '' }));
      this.#deliveries.set(key, (known = deliveriesOf(policies, () => {})));
    }
    return known;
  }
}

const EARLY_MS = 120_000;

export class VirtualAgent {
  readonly #number: number;
  readonly #fleet: Fleet;
  readonly #shared: Shared;
  readonly #version: string;
  #guid: Guid;
  #nsKey = '';
  #bearer = '';
  #renewAt = 0;
  /** Policies it holds; undefined before the first answer. */
  #hashes: ReadonlyMap<Guid, string> | undefined;
  #deliveries: readonly Delivery[] = [];
  /** Address and ETag of a snapshot seen before. */
  #snapshot: { address: string; etag: string } | undefined;

  constructor(number: number, fleet: Fleet, shared: Shared, version: string) {
    this.#number = number;
    this.#fleet = fleet;
    this.#shared = shared;
    this.#version = version;
    this.#guid = fleet.guidOf(number);
  }

  get deliveries(): readonly Delivery[] {
    return this.#deliveries;
  }

  async register(caller: Caller, token: string | undefined): Promise<'allowed' | 'pending' | 'blocked'> {
    const facts = this.#fleet.factsOf(this.#number);
    const policyKey = writeKeyBlob(createPublicKey(this.#fleet.keyOf(this.#number)));
    const request = { guid: this.#guid, name: facts.hostName, policyKey, keys: resourceKeys(facts) };
    const headers: Record<string, string> = { [SMA_ID]: this.#guid };
    if (token !== undefined) headers.Authorization = `Enrol ${token}`;
    const answer = await caller.call('register', 'POST', PAGE.createResource, headers, writeRegistration(request));
    const registration = readRegistration(answer.text);
    if (registration.state !== 'allowed') return registration.state;
    this.#guid = registration.guid;
    this.#nsKey = registration.nsKey;
    return 'allowed';
  }

  async authenticate(caller: Caller): Promise<void> {
    const headers = { [SMA_ID]: this.#guid };
    const asked = await caller.call('challenge', 'GET', PAGE.authenticate, headers);
    const proof = writeProof(this.#guid, readChallenge(asked.text), this.#nsKey, this.#fleet.keyOf(this.#number));
    const bearer = readBearer((await caller.call('proof', 'POST', PAGE.authenticate, headers, proof)).text);
    this.#bearer = bearer.token;
    this.#renewAt = Date.now() + Math.max(bearer.expiresInMs - EARLY_MS, bearer.expiresInMs / 2);
  }

  async sendInventory(caller: Caller): Promise<void> {
    const blocks = inventoryBlocks(this.#fleet.factsOf(this.#number), this.#version, new Date());
    await this.#post(
      caller,
      'inventory event',
      CAPTURE_ITEM.basicInventory,
      0,
      blocks.map(({ dataClass }) => dataClass),
      true,
    );
  }

  /** The first time all bodies come; after that, as a rule, none. */
  async checkPolicies(caller: Caller): Promise<void> {
    const isFirst = this.#hashes === undefined;
    const body = writePolicyRequest(this.#guid, this.#hashes);
    const call = isFirst ? 'policies, all' : 'policies, unchanged';
    const answer = await caller.call(call, 'POST', PAGE.getClientPolicies, await this.#headers(caller), body);
    // Reading ten thousand equal answers would measure this process and not the server.
    if (!isFirst) return;
    const response = readPolicyResponse(answer.text);
    this.#hashes = this.#shared.hashes(response.hashes);
    this.#deliveries = this.#shared.deliveriesOf(response);
  }

  /** Where one of its packages is; remembers the address of the snapshot. */
  async askPackageInfo(caller: Caller, delivery: Delivery): Promise<void> {
    const addresses = this.#fleet.factsOf(this.#number).addresses.map(({ address }) => address);
    const body = writePackageInfoRequest(this.#guid, [delivery.package.guid], addresses, 0);
    const answer = await caller.call('package info', 'POST', PAGE.getPackageInfo, await this.#headers(caller), body);
    const address = readPackageInfo(answer.text)[0]?.codebases[0]?.snapshot;
    if (address === undefined) return;
    this.#snapshot = { address: ownAddress(address), etag: this.#snapshot?.etag ?? '' };
  }

  async askSnapshot(caller: Caller): Promise<void> {
    const known = this.#snapshot;
    if (known === undefined) return;
    const headers = await this.#headers(caller);
    if (known.etag !== '') headers['If-None-Match'] = known.etag;
    const call = known.etag === '' ? 'snapshot' : 'snapshot, unchanged';
    const answer = await caller.call(call, 'GET', known.address, headers);
    known.etag = answer.headers.etag ?? '';
  }

  /** The events of a delivery; the program fails now and then. */
  async reportDelivery(caller: Caller, delivery: Delivery, random: Random): Promise<void> {
    const { advertisement, package: software, program } = delivery;
    for (const step of ['received', 'downloading', 'downloaded', 'running'] as const) {
      const row = {
        packageGuid: software.guid,
        packageName: software.name,
        packageVersion: String(software.internalVersion),
        status: SWD_PACKAGE_STATUS[step],
        advertisementGuid: advertisement.guid,
      };
      await this.#post(caller, 'status event', CAPTURE_ITEM.swdPackage, 1, [nseClass('swdPackage', [row])]);
    }
    const now = new Date();
    const started = new Date(now.getTime() - (20 + random.below(300)) * 1000);
    const row = {
      advertisementGuid: advertisement.guid,
      advertisementName: advertisement.name,
      packageGuid: software.guid,
      packageName: software.name,
      status: 'Command executed',
      start: localTime(started, now.getTimezoneOffset()),
      end: localTime(now, now.getTimezoneOffset()),
      returnCode: String(random.fraction() < 0.97 ? 0 : random.pick([1, 1603, 1618])),
      programName: program.name,
    };
    await this.#post(caller, 'execution event', CAPTURE_ITEM.swdExecution, 1, [nseClass('swdExecution', [row])]);
  }

  async #post(
    caller: Caller,
    call: string,
    to: Guid,
    priority: number,
    classes: readonly NseClass[],
    withKeys = false,
  ): Promise<void> {
    const facts = this.#fleet.factsOf(this.#number);
    const time = new Date();
    const event = writeNse({
      to,
      priority,
      msgId: newGuid(),
      time,
      biasMinutes: time.getTimezoneOffset(),
      resource: { guid: this.#guid, name: facts.hostName, keys: withKeys ? resourceKeys(facts) : [] },
      classes,
    });
    await caller.call(call, 'POST', PAGE.postEvent, await this.#headers(caller), event);
  }

  async #headers(caller: Caller): Promise<Record<string, string>> {
    if (Date.now() >= this.#renewAt) await this.authenticate(caller);
    return { [SMA_ID]: this.#guid, Authorization: `Bearer ${this.#bearer}` };
  }
}

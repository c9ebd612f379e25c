/**
 * Policies in memory, computed per *set* of policies and not per computer: computers with the same policies share hash
 * list and bodies, and only the head with the computer's GUID is spliced in. An unchanged check-in costs no SQL.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Change } from '../changes/changeLog.ts';
import type { Session } from '../cmdb/types.ts';
import { explainPolicy, type PolicyExplanation } from './explainPolicy.ts';
import { buildPolicy, type PolicyBody, type PolicyIndexOptions, type Withheld } from './policyBody.ts';
import { PolicyHistory } from './policyHistory.ts';
import {
  readListsOf,
  readPackage,
  readPolicies,
  readTarget,
  type PackageRecord,
  type PolicyRecord,
  type TargetRecord,
} from './policyRecords.ts';
import { PolicyDocuments, SharedPolicies, type PolicySet, type ReadyPolicy } from './policySet.ts';
import type { PolicyKind } from './settings.ts';

export type { PolicyIndexOptions } from './policyBody.ts';
export type { PolicySet } from './policySet.ts';

/** A policy of one computer's own, beside those that targets give it: package servers have one. */
export type OwnPolicyOf = (computer: Guid) => ReadyPolicy | undefined;

/** What an agent says it holds, and whom it asks for beside itself. */
export interface KnownPolicies {
  documentHash?: string;
  policyHashes?: ReadonlyMap<Guid, string>;
  /** Further resources of the request (users): answered with no policies. */
  others?: readonly Guid[];
}

export interface PolicyAnswer {
  set: PolicySet;
  /** True when the agent held every body already. */
  isUnchanged: boolean;
  body: Buffer;
}

interface Entry {
  record: PolicyRecord;
  built: PolicyBody | Withheld;
}

/** A policy that can be sent, with the targets that decide who gets it. */
interface Candidate extends ReadyPolicy {
  isForAll: boolean;
  lists: Set<Guid>[];
}

const MOST_DOCUMENT_BYTES = 32 * 1024 * 1024;

// Agent settings first: they say how the agent has to treat the rest (agent-contract.md 5.5).
const KIND_ORDER: readonly PolicyKind[] = ['agentSettings', 'taskAgent', 'softwareDelivery'];

export class PolicyIndex {
  readonly history = new PolicyHistory();
  readonly #options: PolicyIndexOptions;
  readonly #documents: PolicyDocuments;
  #entries = new Map<Guid, Entry>();
  #packages = new Map<Guid, PackageRecord>();
  #targets = new Map<Guid, TargetRecord>();
  #candidates: Candidate[] = [];
  /** Every list that decides about a candidate, once. */
  #lists: Set<Guid>[] = [];
  /** By the positions, among the lists, of those that a computer is in. */
  #sets = new Map<string, SharedPolicies>();
  #setOf = new Map<Guid, SharedPolicies>();
  #turn: Promise<void> = Promise.resolve();
  #ownPolicyOf: OwnPolicyOf | undefined;
  /** By the own policy: what the computer is answered, and the shared set that it was made with. */
  #withOwn = new WeakMap<ReadyPolicy, { shared: SharedPolicies; set: SharedPolicies }>();

  private constructor(options: PolicyIndexOptions) {
    this.#options = options;
    this.#documents = new PolicyDocuments(options.productVersion, MOST_DOCUMENT_BYTES);
  }

  static async load(session: Session, options: PolicyIndexOptions): Promise<PolicyIndex> {
    const index = new PolicyIndex(options);
    await index.#reload(session);
    return index;
  }

  /** Asked at each check-in: it has to answer from memory, and the same object as long as the policy is the same. */
  set ownPolicies(ownPolicyOf: OwnPolicyOf) {
    this.#ownPolicyOf = ownPolicyOf;
  }

  /** The set that applies to a computer now. */
  setFor(computer: Guid): PolicySet {
    return this.#completeSetFor(computer);
  }

  /** Complete answer document; bodies of policies whose hash the agent named already are left out. */
  answer(computer: Guid, known: KnownPolicies): Buffer {
    return this.check(computer, known).body;
  }

  /**
   * The answer, and whether it brings anything new. `named`: the GUID that a merged computer still goes by. A policy of
   * its own may hold secrets: whoever has not proved to be the computer (`isProven`) gets what targets give it.
   */
  check(computer: Guid, known: KnownPolicies, { named = computer, isProven = true } = {}): PolicyAnswer {
    const set = isProven ? this.#completeSetFor(computer) : this.#setFor(computer);
    const missing =
      known.documentHash === set.hash
        ? []
        : set.ready.filter(({ guid, hash }) => known.policyHashes?.get(guid) !== hash);
    const body = this.#documents.answer(set, { computer: named, missing, others: known.others ?? [] });
    return { set, isUnchanged: missing.length === 0, body };
  }

  /** Every policy, with a sentence on why this computer gets it or not. */
  explain(computer: Guid): PolicyExplanation[] {
    return [...this.#entries.values()]
      .sort(inAnswerOrder)
      .map(({ record, built }) => explainPolicy(record, built, this.#targetsOf(record), computer));
  }

  /** Why nobody gets a policy, in a sentence; `undefined` when its targets alone decide. */
  problemOf(policy: Guid): string | undefined {
    const built = this.#entries.get(policy)?.built;
    return built !== undefined && 'reason' in built ? built.reason : undefined;
  }

  /**
   * How many computers its targets name, were it switched on: `all`, or a number. `undefined` for an unknown policy.
   * Costs no SQL, so that a list can say it for every row.
   */
  reachOf(policy: Guid): number | 'all' | undefined {
    const entry = this.#entries.get(policy);
    if (entry === undefined) return undefined;
    const targets = this.#targetsOf(entry.record);
    if (targets.some(({ isForAll }) => isForAll)) return 'all';
    if (targets.length < 2) return targets[0]?.members.size ?? 0;
    return new Set(targets.flatMap(({ members }) => [...members])).size;
  }

  /** The policy as agents get it, with its hash; `undefined` while it is sent to nobody. */
  bodyOf(policy: Guid): { xml: string; hash: string } | undefined {
    const built = this.#entries.get(policy)?.built;
    return built === undefined || 'reason' in built
      ? undefined
      : { xml: built.bytes.toString('utf8'), hash: built.hash };
  }

  /** Reads anew what a change touched. One change at a time, so that no older reading overwrites a newer one. */
  applyChange(session: Session, change: Change): Promise<void> {
    const done = this.#turn.then(() => this.#apply(session, change));
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #apply(session: Session, { Kind, ItemGuid }: Change): Promise<void> {
    if (Kind !== 'policy' && Kind !== 'target' && Kind !== 'package' && Kind !== 'computer') return;
    if (ItemGuid === null) await this.#reload(session);
    else if (Kind === 'policy') await this.#readPolicy(session, ItemGuid);
    else if (Kind === 'target') await this.#readTarget(session, ItemGuid);
    else if (Kind === 'package') await this.#readPackage(session, ItemGuid);
    else await this.#readComputer(session, ItemGuid);
  }

  async #reload(session: Session): Promise<void> {
    const policies = await readPolicies(session);
    const targets = new Map<Guid, TargetRecord>();
    const packages = new Map<Guid, PackageRecord>();
    for (const guid of new Set(policies.flatMap((policy) => policy.targets))) {
      const target = await readTarget(session, guid);
      if (target !== undefined) targets.set(guid, target);
    }
    for (const guid of new Set(policies.map((policy) => policy.packageGuid))) {
      const software = guid === null ? undefined : await readPackage(session, guid);
      if (software !== undefined) packages.set(software.guid, software);
    }
    this.#targets = targets;
    this.#packages = packages;
    this.#entries = new Map(policies.map((policy) => [policy.guid, this.#build(policy)]));
    this.#rank();
  }

  async #readPolicy(session: Session, guid: Guid): Promise<void> {
    const [policy] = await readPolicies(session, guid);
    if (policy === undefined) this.#entries.delete(guid);
    else {
      for (const target of policy.targets) {
        const read = this.#targets.has(target) ? undefined : await readTarget(session, target);
        if (read !== undefined) this.#targets.set(target, read);
      }
      const { packageGuid } = policy;
      const software =
        packageGuid === null || this.#packages.has(packageGuid) ? undefined : await readPackage(session, packageGuid);
      if (software !== undefined) this.#packages.set(software.guid, software);
      this.#entries.set(guid, this.#build(policy));
    }
    this.#rank();
  }

  async #readTarget(session: Session, guid: Guid): Promise<void> {
    if (!this.#targets.has(guid)) return;
    const target = await readTarget(session, guid);
    if (target === undefined) this.#targets.delete(guid);
    else this.#targets.set(guid, target);
    this.#rank();
  }

  async #readPackage(session: Session, guid: Guid): Promise<void> {
    if (!this.#packages.has(guid)) return;
    const software = await readPackage(session, guid);
    if (software === undefined) this.#packages.delete(guid);
    else this.#packages.set(guid, software);
    let isNew = false;
    for (const [policy, entry] of this.#entries) {
      if (entry.record.packageGuid !== guid) continue;
      const rebuilt = this.#build(entry.record);
      isNew ||= stateOf(rebuilt) !== stateOf(entry);
      this.#entries.set(policy, rebuilt);
    }
    // Most changes of a package (a refresh that found nothing) leave every policy as it was.
    if (isNew) this.#rank();
  }

  async #readComputer(session: Session, computer: Guid): Promise<void> {
    const lists = await readListsOf(session, computer);
    for (const { guid, members } of this.#targets.values()) {
      if (lists.has(guid)) members.add(computer);
      else members.delete(computer);
    }
    this.#setOf.delete(computer);
  }

  #build(record: PolicyRecord): Entry {
    const software = record.packageGuid === null ? undefined : this.#packages.get(record.packageGuid);
    return { record, built: buildPolicy(record, software, this.#options) };
  }

  /** Orders what can be sent, and forgets every set that was made of the former order. */
  #rank(): void {
    this.#candidates = [];
    for (const { record, built } of [...this.#entries.values()].sort(inAnswerOrder)) {
      if ('reason' in built) continue;
      const targets = this.#targetsOf(record);
      this.#candidates.push({
        guid: record.guid,
        hash: built.hash,
        bytes: built.bytes,
        isForAll: targets.some(({ isForAll }) => isForAll),
        lists: targets.map(({ members }) => members),
      });
    }
    const lists = this.#candidates.filter(({ isForAll }) => !isForAll).flatMap((candidate) => candidate.lists);
    this.#lists = [...new Set(lists)];
    this.#sets = new Map();
    this.#setOf = new Map();
    this.#documents.clear();
  }

  #targetsOf(policy: PolicyRecord): TargetRecord[] {
    return policy.targets.map((guid) => this.#targets.get(guid)).filter((target) => target !== undefined);
  }

  #completeSetFor(computer: Guid): SharedPolicies {
    const shared = this.#setFor(computer);
    const own = this.#ownPolicyOf?.(computer);
    if (own === undefined) return shared;
    const known = this.#withOwn.get(own);
    if (known?.shared === shared) return known.set;
    const set = new SharedPolicies([...shared.ready, own]);
    this.#withOwn.set(own, { shared, set });
    return set;
  }

  #setFor(computer: Guid): SharedPolicies {
    const known = this.#setOf.get(computer);
    if (known !== undefined) return known;
    let key = '';
    for (let position = 0; position < this.#lists.length; position++) {
      if (this.#lists[position]!.has(computer)) key += `${position} `;
    }
    let set = this.#sets.get(key);
    if (set === undefined) {
      const applies = ({ isForAll, lists }: Candidate): boolean =>
        isForAll || lists.some((members) => members.has(computer));
      set = new SharedPolicies(this.#candidates.filter(applies));
      this.#sets.set(key, set);
    }
    this.#setOf.set(computer, set);
    return set;
  }
}

/** By GUID within a kind: the same on every node and engine, whatever order the rows came in. */
function inAnswerOrder({ record: a }: Entry, { record: b }: Entry): number {
  if (a.kind !== b.kind) return KIND_ORDER.indexOf(a.kind) - KIND_ORDER.indexOf(b.kind);
  return a.guid < b.guid ? -1 : 1;
}

/** What decides whether agents see a difference. */
function stateOf({ built }: Entry): string {
  return 'reason' in built ? '' : built.hash;
}

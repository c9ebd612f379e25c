/**
 * What computers with the same policies share: the list, its hash, and the answer document but for the computer's GUID
 * (agent-contract.md 5.3, samples 06 and 07).
 */
import { braces, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { xml, XML_DECLARATION } from '../../wire/xml.ts';
import { changeHash } from './policyBody.ts';

/** A policy as it goes out. */
export interface ReadyPolicy {
  readonly guid: Guid;
  readonly hash: string;
  readonly bytes: Buffer;
}

export interface PolicySet {
  /** 32 upper-case hex digits over the shared part: what the GET form's `Hash` is compared with. */
  readonly hash: string;
  /** Policy GUID to hash, in answer order: agent settings first. */
  readonly policies: ReadonlyMap<Guid, string>;
  /** Number of policies. */
  readonly size: number;
}

const NO_GUID = '00000000-0000-0000-0000-000000000000';

/** The answer's parts, with a placeholder of the same length where the computer's GUID goes. */
interface Document {
  /** Complete, for an agent that holds all bodies. */
  unchanged: Buffer;
  guidAt: number;
  /** Where further resources go. */
  resourcesAt: number;
  /** Where the bodies go, in place of the rest. */
  policiesAt: number;
}

const EMPTY_TAIL = Buffer.from('<policies/>\n</response>\n');
const BODIES_HEAD = Buffer.from('<policies>\n');
const BODIES_TAIL = Buffer.from('</policies>\n</response>\n');

export class SharedPolicies implements PolicySet {
  readonly hash: string;
  readonly ready: readonly ReadyPolicy[];
  #policies: ReadonlyMap<Guid, string> | undefined;

  constructor(ready: readonly ReadyPolicy[]) {
    this.ready = ready;
    this.hash = changeHash(ready.map(({ guid, hash }) => `${guid} ${hash}\n`).join(''));
  }

  get size(): number {
    return this.ready.length;
  }

  // Made when somebody looks: there may be as many sets as computers, and agents never ask for it.
  get policies(): ReadonlyMap<Guid, string> {
    return (this.#policies ??= new Map(this.ready.map(({ guid, hash }) => [guid, hash])));
  }
}

function buildDocument(set: SharedPolicies, productVersion: string): Document {
  const applied = set.ready.map(({ guid }) => xml`<resourcePolicy guid="${braces(guid)}"/>\n`);
  const hashes = set.ready.map(({ guid, hash }) => xml`<policy guid="${braces(guid)}" hash="${hash}"/>\n`);
  const root = xml`<response nsVersion="${productVersion}" hash="${set.hash}">\n<resources>\n<resource guid="{`.text;
  const head = Buffer.from(XML_DECLARATION + root);
  const resource = Buffer.from(
    xml`${NO_GUID}}" typeGuid="${braces(RESOURCE_TYPE.computer)}">\n${applied}</resource>\n`.text,
  );
  const list = Buffer.from(xml`</resources>\n<policyHashes>\n${hashes}</policyHashes>\n`.text);
  return {
    unchanged: Buffer.concat([head, resource, list, EMPTY_TAIL]),
    guidAt: head.length,
    resourcesAt: head.length + resource.length,
    policiesAt: head.length + resource.length + list.length,
  };
}

export interface AnswerParts {
  computer: Guid;
  /** Bodies that the agent lacks. */
  missing: readonly ReadyPolicy[];
  /** Further resources of the request (users): nothing applies to them. */
  others: readonly Guid[];
}

/**
 * The documents of the sets that agents ask for. Bounded: a set can always be written again, and where each computer
 * has policies of its own, keeping every document would cost hundreds of megabytes.
 */
export class PolicyDocuments {
  readonly #productVersion: string;
  readonly #mostBytes: number;
  #documents = new Map<SharedPolicies, Document>();
  #bytes = 0;

  constructor(productVersion: string, mostBytes: number) {
    this.#productVersion = productVersion;
    this.#mostBytes = mostBytes;
  }

  answer(set: SharedPolicies, { computer, missing, others }: AnswerParts): Buffer {
    const document = this.#documentOf(set);
    const { unchanged, guidAt, resourcesAt, policiesAt } = document;
    let answer: Buffer;
    if (missing.length === 0 && others.length === 0) {
      answer = Buffer.allocUnsafe(unchanged.length);
      unchanged.copy(answer);
    } else {
      answer = Buffer.concat([
        unchanged.subarray(0, resourcesAt),
        ...others.map((guid) => Buffer.from(xml`<resource guid="${braces(guid)}"/>\n`.text)),
        unchanged.subarray(resourcesAt, policiesAt),
        ...(missing.length === 0 ? [EMPTY_TAIL] : [BODIES_HEAD, ...missing.map(({ bytes }) => bytes), BODIES_TAIL]),
      ]);
    }
    answer.write(computer, guidAt, 'latin1');
    return answer;
  }

  clear(): void {
    this.#documents = new Map();
    this.#bytes = 0;
  }

  #documentOf(set: SharedPolicies): Document {
    let document = this.#documents.get(set);
    if (document === undefined) {
      document = buildDocument(set, this.#productVersion);
      if (this.#bytes + document.unchanged.length > this.#mostBytes) this.clear();
      this.#documents.set(set, document);
      this.#bytes += document.unchanged.length;
    }
    return document;
  }
}

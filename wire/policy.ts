/**
 * Policy request and answer (agent-contract.md section 5, samples 04 to 07), as both ends read them. The server writes
 * its answers from cached bytes: models/policies.
 */
import { braces, parseGuid, type Guid } from './guid.ts';
import { RESOURCE_TYPE } from './wellKnown.ts';
import { child, childrenNamed, parseXml, requestLimits, xml, XML_DECLARATION, type XmlElement } from './xml.ts';

export interface PolicyRequest {
  /** In the order of the request; `guid` is undefined where the text is none. */
  resources: { guid: Guid | undefined; isHost: boolean }[];
  /** Policies that the agent holds already, with their hashes. */
  hashes: Map<Guid, string>;
  /** The agent asks for a compressed or an encrypted answer; neither format is public. */
  compress: boolean;
  secured: boolean;
}

/** `True`, `1` and `Yes` are true (KB 179695). */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1|yes)$/i.test(text);
}

/**
 * Reads a request. The name of the list of held policies is not published: any element that carries `guid` and `hash`
 * counts.
 * @throws XmlError
 */
export function readPolicyRequest(text: string): PolicyRequest {
  const root = parseXml(text, requestLimits);
  const container = root.children.find(({ name }) => name.toLowerCase() === 'resources');
  const resources = (container?.children ?? []).filter(({ name }) => name.toLowerCase() === 'resource');
  const hashes = new Map<Guid, string>();
  collectHashes(root, hashes);
  return {
    resources: resources.map(({ attributes }) => ({
      guid: parseGuid(attributes.guid),
      isHost: isTrue(attributes.host),
    })),
    hashes,
    compress: isTrue(root.attributes.compress ?? root.attributes.Compress),
    secured: isTrue(root.attributes.securedPolicy),
  };
}

function collectHashes(element: XmlElement, hashes: Map<Guid, string>): void {
  const { guid, hash } = element.attributes;
  const parsed = hash === undefined ? undefined : parseGuid(guid);
  if (parsed !== undefined) hashes.set(parsed, hash!.toUpperCase());
  for (const inner of element.children) collectHashes(inner, hashes);
}

/** The request of an agent that asks for itself in clear, naming the policies it holds. */
export function writePolicyRequest(computer: Guid, held: Iterable<readonly [Guid, string]> = []): string {
  const policies = Array.from(held, ([guid, hash]) => xml`<policy guid="${braces(guid)}" hash="${hash}"/>`);
  return (
    XML_DECLARATION +
    xml`<request configVersion="2"><resources><resource required="true" host="true" guid="${braces(computer)}" typeGuid="${braces(
      RESOURCE_TYPE.computer,
    )}"/></resources>${policies.length === 0 ? '' : xml`<policies>${policies}</policies>`}</request>`.text
  );
}

export interface PolicyBody {
  guid: Guid;
  name: string;
  /** Version of the server that built it. */
  version: string;
  /** Each has an `agentClsid`, which says whose it is (see `AGENT_CLSID`). */
  clientPolicies: XmlElement[];
}

export interface PolicyResponse {
  nsVersion: string;
  /** Of the whole list of policies: what the GET form sends back as `Hash`. Ours; empty from other servers. */
  hash: string;
  /** Which policies apply to which resource. A policy that is no longer named has been withdrawn. */
  resources: Map<Guid, Guid[]>;
  hashes: Map<Guid, string>;
  /** Only those that the request did not name with their hash. */
  policies: PolicyBody[];
}

/** @throws XmlError, or Error when it is no policy answer */
export function readPolicyResponse(text: string): PolicyResponse {
  const root = parseXml(text, { ...requestLimits, maxElements: 1_000_000 });
  if (root.name !== 'response') throw new Error('not a policy answer');
  const resources = childrenNamed(child(root, 'resources'), 'resource').map((resource): [Guid, Guid[]] => [
    guidOf(resource),
    childrenNamed(resource, 'resourcePolicy').map(guidOf),
  ]);
  const hashes = childrenNamed(child(root, 'policyHashes'), 'policy').map((policy): [Guid, string] => [
    guidOf(policy),
    policy.attributes.hash ?? '',
  ]);
  return {
    nsVersion: root.attributes.nsVersion ?? '',
    hash: root.attributes.hash ?? '',
    resources: new Map(resources),
    hashes: new Map(hashes),
    policies: childrenNamed(child(root, 'policies'), 'Policy').map((policy) => ({
      guid: guidOf(policy),
      name: policy.attributes.name ?? '',
      version: policy.attributes.version ?? '',
      clientPolicies: childrenNamed(policy, 'ClientPolicy'),
    })),
  };
}

function guidOf(element: XmlElement): Guid {
  const guid = parseGuid(element.attributes.guid);
  if (guid === undefined) throw new Error(`${element.name} lacks its GUID`);
  return guid;
}

/**
 * Policies on disk, one file each with its hash, so that an unchanged body never travels twice and the agent knows its
 * work without the server. The set of files is the set of policies that apply.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseGuid, braces, type Guid } from '../../wire/guid.ts';
import type { PolicyBody, PolicyResponse } from '../../wire/policy.ts';
import {
  childrenNamed,
  parseXml,
  requestLimits,
  xml,
  XmlText,
  XML_DECLARATION,
  type XmlElement,
} from '../../wire/xml.ts';
import { privateFolder, removeDurably, writeAtomically } from '../base/files.ts';
import { BadAnswer } from '../http/errors.ts';

export interface CachedPolicy extends PolicyBody {
  hash: string;
}

const limits = { ...requestLimits, maxElements: 1_000_000 };

export class PolicyCache {
  readonly #folder: string;
  readonly #policies = new Map<Guid, CachedPolicy>();

  constructor(stateFolder: string) {
    this.#folder = privateFolder(join(stateFolder, 'policies'));
    for (const file of readdirSync(this.#folder)) this.#load(file);
  }

  get all(): ReadonlyMap<Guid, CachedPolicy> {
    return this.#policies;
  }

  get hashes(): [Guid, string][] {
    return [...this.#policies].map(([guid, policy]) => [guid, policy.hash]);
  }

  /**
   * Takes over what an answer says about this computer: new bodies in, withdrawn ones out.
   * @throws BadAnswer when a policy applies whose body is neither in the answer nor here; nothing is changed then
   */
  update(computer: Guid, response: PolicyResponse): { added: CachedPolicy[]; withdrawn: CachedPolicy[] } {
    const applies = response.resources.get(computer);
    if (applies === undefined) throw new BadAnswer('the policy answer does not name this computer');
    const sent = new Map(response.policies.map((policy) => [policy.guid, policy]));
    const added = applies.flatMap((guid): CachedPolicy[] => {
      const body = sent.get(guid);
      const hash = response.hashes.get(guid) ?? '';
      if (body !== undefined) return [{ ...body, hash }];
      if (this.#policies.get(guid)?.hash === hash) return [];
      throw new BadAnswer(`the policy answer lacks the body of ${braces(guid)}`);
    });
    const withdrawn = [...this.#policies.values()].filter((policy) => !applies.includes(policy.guid));
    for (const policy of added) this.#save(policy);
    for (const policy of withdrawn) this.#remove(policy.guid);
    return { added, withdrawn };
  }

  #path(guid: Guid): string {
    return join(this.#folder, `${guid}.xml`);
  }

  #save(policy: CachedPolicy): void {
    const body = xml`<Policy guid="${braces(policy.guid)}" name="${policy.name}" version="${policy.version}" hash="${policy.hash}">${policy.clientPolicies.map(xmlOf)}</Policy>\n`;
    writeAtomically(this.#path(policy.guid), XML_DECLARATION + body.text);
    this.#policies.set(policy.guid, policy);
  }

  #remove(guid: Guid): void {
    removeDurably(this.#path(guid));
    this.#policies.delete(guid);
  }

  // A file that cannot be read is thrown away: its hash is then not sent, and the server sends the body again.
  #load(file: string): void {
    const path = join(this.#folder, file);
    try {
      const root = parseXml(readFileSync(path, 'utf8'), limits);
      const guid = parseGuid(root.attributes.guid);
      const { hash, name = '', version = '' } = root.attributes;
      if (guid === undefined || hash === undefined) throw new Error('not a policy');
      this.#policies.set(guid, { guid, hash, name, version, clientPolicies: childrenNamed(root, 'ClientPolicy') });
    } catch {
      rmSync(path, { recursive: true, force: true });
    }
  }
}

/** An element as it was read, but for comments; policies have no text between elements. */
export function xmlOf(element: XmlElement): XmlText {
  const name = new XmlText(element.name);
  const attributes = Object.entries(element.attributes).map(([key, value]) => xml` ${new XmlText(key)}="${value}"`);
  const text = element.children.length === 0 || element.text.trim() !== '' ? element.text : '';
  return xml`<${name}${attributes}>${text}${element.children.map(xmlOf)}</${name}>`;
}

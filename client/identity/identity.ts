/** What the agent knows about itself and its server, kept in identity.json. */
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { keysForFetched, keysForKept, type FormerKey, type TrustedKeys } from '../../wire/signingKeys.ts';
import { readJson, writeJson } from '../base/files.ts';
import type { Trust } from '../http/trust.ts';

interface Stored {
  /** The GUID to use: the agent's own choice until a server has confirmed or changed it. */
  guid: Guid;
  /** The server's key, pinned at the first allowed registration: it signs manifests and names the server in proofs. */
  nsKey?: string;
  /** Number of the statement that `nsKey` and `formerKeys` come from; missing: the key is the one that was pinned. */
  keyNumber?: number;
  /** Keys that the server had before, and how far they are believed. */
  formerKeys?: FormerKey[];
  /** Hash of the keys and the name that were registered; another one means: register again. */
  registered?: string;
  /** How the server was trusted when the agent enrolled. */
  trust?: Trust;
  /** When the policies were last confirmed by the server; milliseconds since 1970. */
  policiesAt?: number;
  /** Stands in for a machine id where the platform has none. */
  fallbackMachineId: string;
}

export class Identity {
  readonly #path: string;
  #stored: Stored;

  constructor(stateFolder: string) {
    this.#path = join(stateFolder, 'identity.json');
    this.#stored = readJson<Stored>(this.#path) ?? { guid: newGuid(), fallbackMachineId: newGuid() };
    this.#save();
  }

  get guid(): Guid {
    return this.#stored.guid;
  }
  get nsKey(): string | undefined {
    return this.#stored.nsKey;
  }
  /** Whose statements and signatures are believed; `undefined` before the first registration. */
  get trustedKeys(): TrustedKeys | undefined {
    const { nsKey, keyNumber = 0, formerKeys = [] } = this.#stored;
    return nsKey === undefined ? undefined : { number: keyNumber, key: nsKey, former: formerKeys };
  }
  /** Keys by which a manifest that is fetched now is believed. */
  get keysForFetched(): string[] {
    const keys = this.trustedKeys;
    return keys === undefined ? [] : keysForFetched(keys, Date.now());
  }
  /** Keys by which a manifest that has been kept since it was fetched is believed. */
  get keysForKept(): string[] {
    const keys = this.trustedKeys;
    return keys === undefined ? [] : keysForKept(keys);
  }
  get registered(): string | undefined {
    return this.#stored.registered;
  }
  get trust(): Trust | undefined {
    return this.#stored.trust;
  }
  get fallbackMachineId(): string {
    return this.#stored.fallbackMachineId;
  }

  get policiesAt(): number {
    return this.#stored.policiesAt ?? 0;
  }

  /** The server let this computer in. Its key is pinned the first time; after that it changes by statements alone. */
  confirm(guid: Guid, nsKey: string, registered: string, trust: Trust): void {
    this.#stored = { ...this.#stored, guid, nsKey: this.#stored.nsKey ?? nsKey, registered, trust };
    this.#save();
  }

  /** Statements of the server's have proved genuine. On disk before anything is done by them. */
  takeKeys({ number, key, former }: TrustedKeys): void {
    this.#stored = { ...this.#stored, nsKey: key, keyNumber: number, formerKeys: former };
    this.#save();
  }

  /** The server no longer knows this computer: register again, with the same key and to the same server. */
  forgetRegistration(): void {
    delete this.#stored.registered;
    this.#save();
  }

  /** The server has confirmed or changed the policies. */
  heardPolicies(now: number): void {
    this.#stored.policiesAt = now;
    this.#save();
  }

  #save(): void {
    writeJson(this.#path, this.#stored);
  }
}

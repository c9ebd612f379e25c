/** What the agent knows about itself and its server, kept in identity.json. */
import { join } from 'node:path';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { readJson, writeJson } from '../base/files.ts';
import type { Trust } from '../http/trust.ts';

interface Stored {
  /** The GUID to use: the agent's own choice until a server has confirmed or changed it. */
  guid: Guid;
  /** The server's key, pinned at the first allowed registration: it signs manifests and names the server in proofs. */
  nsKey?: string;
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

  /** The server let this computer in. */
  confirm(guid: Guid, nsKey: string, registered: string, trust: Trust): void {
    this.#stored = { ...this.#stored, guid, nsKey, registered, trust };
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

/** The list of packages that this package server is to hold: asked for as far as it changes, kept over a restart. */
import { join } from 'node:path';
import { readJson, writeJson } from '../client/base/files.ts';
import { BadAnswer } from '../client/http/errors.ts';
import type { Server } from '../client/identity/server.ts';
import type { WantedPackage } from '../wire/packageServer.ts';
import { PAGE } from '../wire/paths.ts';
import {
  BucketDigests,
  bucketOf,
  readWantedAnswer,
  wantedHash,
  writeWantedRequest,
  type WantedAnswer,
} from '../wire/wantedList.ts';

interface Stored {
  /** What the server called this list. */
  digest: string;
  packages: WantedPackage[];
}

const LARGEST_LIST = 64 * 1024 * 1024;

export class WantedList {
  readonly #path: string;
  #stored: Stored;

  constructor(stateFolder: string) {
    this.#path = join(stateFolder, 'wanted.json');
    this.#stored = readJson<Stored>(this.#path) ?? { digest: '', packages: [] };
  }

  /** The server has named a list before. */
  get isKnown(): boolean {
    return this.#stored.digest !== '';
  }

  /** In order of their GUIDs. */
  get packages(): readonly WantedPackage[] {
    return this.#stored.packages;
  }

  /**
   * Asks for what is different when the policy names another list than this one.
   * @throws Unreachable, Refused, BadAnswer; the list is then as it was
   */
  async follow(server: Server, digest: string, signal: AbortSignal): Promise<void> {
    if (digest === '' || digest === this.#stored.digest) return;
    const buckets = new BucketDigests();
    for (const wanted of this.#stored.packages) buckets.toggle(bucketOf(wanted.guid), wantedHash(wanted));
    const call = { method: 'POST' as const, address: PAGE.packageServerPackages, body: writeWantedRequest(buckets) };
    const answer = await server.callOk(call, 'list of packages', signal, LARGEST_LIST);
    this.#take(read(answer.text));
  }

  /** A bucket that came takes the place of the one that is here. */
  #take({ digest, buckets }: WantedAnswer): void {
    const stay = this.#stored.packages.filter(({ guid }) => !buckets.has(bucketOf(guid)));
    const packages = [...stay, ...[...buckets.values()].flat()].sort((a, b) => (a.guid < b.guid ? -1 : 1));
    this.#stored = { digest, packages };
    writeJson(this.#path, this.#stored);
  }
}

function read(text: string): WantedAnswer {
  try {
    return readWantedAnswer(text);
  } catch (error) {
    throw new BadAnswer('the list of packages cannot be read', { cause: error });
  }
}

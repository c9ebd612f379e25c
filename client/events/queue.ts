/**
 * Events wait on disk, one file each, until the server has taken them. A name carries a rising number, so the order
 * survives a restart; a file is complete or it is not there.
 */
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { privateFolder, removeDurably, syncFolder, writeAtomically } from '../base/files.ts';

const EVENT = /^(\d{12})-[0-9a-f-]{36}\.xml$/;

export interface QueuedEvent {
  file: string;
  body: Buffer;
}

export class EventQueue {
  readonly #folder: string;
  readonly #setAside: string;
  #last: number;
  #onAdd: () => void = () => {};

  constructor(stateFolder: string) {
    this.#folder = privateFolder(join(stateFolder, 'events'));
    this.#setAside = privateFolder(join(this.#folder, 'bad'));
    this.#last = this.#files().reduce((last, file) => Math.max(last, Number(EVENT.exec(file)![1])), 0);
  }

  set onAdd(listener: () => void) {
    this.#onAdd = listener;
  }

  /** On return the event is on disk. `msgId` is the event's own. */
  add(msgId: string, xml: string): void {
    this.#last += 1;
    writeAtomically(join(this.#folder, `${String(this.#last).padStart(12, '0')}-${msgId}.xml`), xml);
    this.#onAdd();
  }

  get size(): number {
    return this.#files().length;
  }

  first(): QueuedEvent | undefined {
    const file = this.#files()[0];
    return file === undefined ? undefined : { file, body: readFileSync(join(this.#folder, file)) };
  }

  remove(event: QueuedEvent): void {
    removeDurably(join(this.#folder, event.file));
  }

  /** Out of the way of the others, for somebody to look at. */
  setAside(event: QueuedEvent): void {
    renameSync(join(this.#folder, event.file), join(this.#setAside, event.file));
    syncFolder(this.#setAside);
    syncFolder(this.#folder);
  }

  #files(): string[] {
    return readdirSync(this.#folder)
      .filter((file) => EVENT.test(file))
      .sort();
  }
}

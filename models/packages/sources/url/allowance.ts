/** What a source may still write: neither over its bound, nor into the disk's reserve. Asked before bytes are written. */
import { statfsSync } from 'node:fs';
import { sizeText } from '../../sizeText.ts';
import { SourceProblem } from '../source.ts';

/** The disk is asked once for so many bytes. */
const STEP = 16 * 1024 * 1024;

export class Allowance {
  readonly #folder: string;
  readonly #reserve: number;
  readonly #most: number;
  #held = 0;
  /** Bytes that may be written before the disk is asked again. */
  #granted = 0;

  constructor(folder: string, { reserveBytes, maxBytes }: { reserveBytes: number; maxBytes: number }) {
    this.#folder = folder;
    this.#reserve = reserveBytes;
    this.#most = maxBytes;
  }

  /** Bytes that are there already. @throws SourceProblem */
  hold(bytes: number): void {
    this.#held += bytes;
    this.#rejectMore(this.#held);
  }

  /** Bytes that are written now. @throws SourceProblem */
  take(bytes: number): void {
    this.hold(bytes);
    this.#granted -= bytes;
    if (this.#granted >= 0) return;
    this.#rejectFull(bytes);
    this.#granted = STEP;
  }

  /** Whether so many bytes could be written; takes nothing. @throws SourceProblem */
  expect(bytes: number): void {
    this.#rejectMore(this.#held + bytes);
    this.#rejectFull(bytes);
  }

  #rejectMore(bytes: number): void {
    if (bytes <= this.#most) return;
    throw new SourceProblem('failed', `The source holds more than ${sizeText(this.#most)} (NS_URL_SOURCE_MAX_MB).`);
  }

  #rejectFull(bytes: number): void {
    const { bavail, bsize } = statfsSync(this.#folder);
    const free = bavail * bsize;
    if (free - bytes - STEP >= this.#reserve) return;
    throw new SourceProblem(
      'failed',
      `There is not enough disk to fetch the source: ${sizeText(free)} are free, of which ${sizeText(this.#reserve)} are kept (NS_MIN_FREE_DISK_MB).`,
    );
  }
}

/** What a command of `ns` is. One file per command; app/main.ts lists them. */
import type { Writable } from 'node:stream';
import { migrate } from '../../models/cmdb/migrate.ts';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { systemClock, type Clock } from '../../models/clock.ts';
import { loadSettings, type LoadedSettings, type Settings } from '../config.ts';

export interface CommandIo {
  /** A line for standard output: results. */
  out(line: string): void;
  /** A line for standard error: messages. */
  err(line: string): void;
  /** A line that is written over by the next one; nothing when no terminal is attached. */
  progress(line: string): void;
  readonly environment: Record<string, string | undefined>;
}

export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Full help, printed by `ns <command> --help`. */
  readonly usage: string;
  /** Answers the exit code: 0 done, 1 failed. @throws UsageError for wrong use (exit code 2) */
  run(args: string[], io: CommandIo): Promise<number>;
}

/** Wrong use: the message is printed with the hint to --help, the exit code is 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export interface CommandCmdb {
  loaded: LoadedSettings;
  settings: Settings;
  cmdb: AnyCmdb;
  clock: Clock;
  close(): Promise<void>;
}

/** Settings and an up-to-date CMDB, for commands that work beside a running server. Close it when done. */
export async function openForCommand(io: CommandIo): Promise<CommandCmdb> {
  const loaded = loadSettings(io.environment);
  const { mkdirSync } = await import('node:fs');
  mkdirSync(loaded.settings.dataDir, { recursive: true });
  const cmdb = await openCmdb(loaded.settings.cmdb);
  await migrate(cmdb);
  return { loaded, settings: loaded.settings, cmdb, clock: systemClock, close: () => cmdb.close() };
}

export function terminalIo(out: Writable & { isTTY?: boolean }, err: Writable & { isTTY?: boolean }): CommandIo {
  let progressShown = false;
  const clear = (): void => {
    if (progressShown) err.write('\r\u001b[K');
    progressShown = false;
  };
  return {
    out: (line) => {
      clear();
      out.write(`${line}\n`);
    },
    err: (line) => {
      clear();
      err.write(`${line}\n`);
    },
    progress: (line) => {
      if (err.isTTY !== true) return;
      err.write(`\r\u001b[K${line}`);
      progressShown = true;
    },
    environment: process.env,
  };
}

/** Runs the programs of deliveries, one at a time, and reports how each ended. */
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { privateFolder, writeAtomically } from '../../client/base/files.ts';
import type { AgentLog } from '../../client/base/log.ts';
import type { DeliveryNames, Reporter } from '../../client/events/reporter.ts';
import type { Delivery } from '../policies/deliveries.ts';
import type { Guid } from '../../wire/guid.ts';
import { hasDiskSpace } from './diskSpace.ts';
import { newRun, type Journal, type Run } from './journal.ts';
import { runProgram, type ProgramEnd } from './runProgram.ts';

export interface RunnerDeps {
  stateFolder: string;
  journal: Journal;
  reporter: Reporter;
  log: AgentLog;
}

/** "Command executed" is the text that reports look for, whatever the code [observed]. */
const EXECUTED = 'Command executed';
const INTERRUPTED = 'Interrupted: the agent ended while the program was running.';
/** What 0 minutes mean (HOWTO5579). */
const DEFAULT_LIMIT_MINUTES = 360;
const KEPT_LOGS = 100;

export class Runner {
  readonly #deps: RunnerDeps;
  readonly #logs: string;

  constructor(deps: RunnerDeps) {
    this.#deps = deps;
    this.#logs = privateFolder(join(deps.stateFolder, 'logs'));
  }

  /**
   * Programs that ran when the agent last ended: they may have done half of their work, so they are reported as failed
   * and not silently run again.
   */
  reportInterrupted(): void {
    for (const [advertisement, run] of this.#deps.journal.unreported()) {
      const outcome = run.outcome ?? { status: INTERRUPTED, endedAt: new Date().toISOString(), returnCode: null };
      if (run.outcome === undefined)
        this.#deps.log.warn(`"${run.names.programName}" was interrupted; it is not run again.`);
      this.#finish(advertisement, { ...run, outcome });
    }
  }

  /**
   * Runs the delivery's program in `folder`. `marks`: what the journal keeps of this occasion; written before the
   * start, so that whatever happens then, this occasion is used up.
   */
  async run(
    delivery: Delivery,
    folder: string,
    names: DeliveryNames,
    occasion: string,
    marks: Parameters<Journal['update']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const { journal, reporter, log } = this.#deps;
    const advertisement = delivery.advertisement.guid;
    const run = newRun(names, occasion, new Date());
    journal.update(advertisement, { ...marks, run });
    if (delivery.package.statusEvents) reporter.packageStep(names, 'running');
    log.info(`Running "${names.programName}" of "${names.packageName}": ${delivery.program.commandLine}`);
    const { end, output } = await this.#execute(delivery, folder, signal);
    const outcome = { ...outcomeOf(end, delivery), endedAt: new Date().toISOString() };
    this.#finish(advertisement, { ...run, outcome });
    this.#keepOutput(advertisement, run, output);
    const isSuccess = end.kind === 'exited' && delivery.program.successCodes.some((code) => (code | 0) === end.code);
    const line = `"${names.programName}" ended: ${outcome.status}${outcome.returnCode === null ? '' : ` (${outcome.returnCode})`}`;
    if (isSuccess) log.info(line);
    else log.warn(`${line}, which is no success`);
  }

  async #execute(
    delivery: Delivery,
    folder: string,
    signal: AbortSignal,
  ): Promise<{ end: ProgramEnd; output: Buffer }> {
    const { commandLine, workingDirectory, terminateAfterMinutes, startingWindow, runAs } = delivery.program;
    const refused = (reason: string) => ({ end: { kind: 'notStarted' as const, reason }, output: Buffer.alloc(0) });
    // Running with the agent's rights what was meant for a user's would be more than the administrator asked for.
    if (!/^(|System|SystemAccount)$/i.test(runAs)) return refused(`running as ${runAs} is not supported by this agent`);
    const cwd = workingDirectory === '' ? folder : resolve(folder, workingDirectory);
    if (!existsSync(cwd) || !statSync(cwd).isDirectory()) return refused(`there is no folder ${cwd}`);
    const { estimatedDiskSpaceKb } = delivery.program;
    if (!(await hasDiskSpace(folder, estimatedDiskSpaceKb))) {
      return refused(`no drive has the ${Math.ceil(estimatedDiskSpaceKb / 1024)} MB that it needs`);
    }
    const minutes = terminateAfterMinutes > 0 ? terminateAfterMinutes : DEFAULT_LIMIT_MINUTES;
    const hidden = startingWindow === 'Hidden';
    return runProgram({ commandLine, cwd, packageFolder: folder, timeLimitMs: minutes * 60_000, hidden }, signal);
  }

  // Outcome first, then the report, then the mark that it is made: a crash in between repeats the report, not the run.
  #finish(advertisement: Guid, run: Run & Required<Pick<Run, 'outcome'>>): void {
    const { journal, reporter } = this.#deps;
    journal.update(advertisement, { run });
    const { status, returnCode } = run.outcome;
    const [startedAt, endedAt] = [new Date(run.startedAt), new Date(run.outcome.endedAt)];
    reporter.execution(run.names, { msgId: run.msgId, status, startedAt, endedAt, returnCode });
    journal.update(advertisement, { run: undefined });
  }

  #keepOutput(advertisement: Guid, run: Run, output: Buffer): void {
    const name = `${run.startedAt.replace(/[-:]|\.\d+/g, '')}-${advertisement}.log`;
    try {
      writeAtomically(join(this.#logs, name), output);
      const old = readdirSync(this.#logs)
        .filter((file) => file.endsWith('.log'))
        .sort()
        .slice(0, -KEPT_LOGS);
      for (const file of old) rmSync(join(this.#logs, file), { force: true });
    } catch (error) {
      this.#deps.log.warn(`The program's output could not be kept: ${(error as Error).message}`);
    }
  }
}

function outcomeOf(end: ProgramEnd, delivery: Delivery): { status: string; returnCode: number | null } {
  switch (end.kind) {
    case 'exited':
      return { status: EXECUTED, returnCode: end.code };
    case 'terminated': {
      const minutes = delivery.program.terminateAfterMinutes || DEFAULT_LIMIT_MINUTES;
      return { status: `Terminated: the time limit of ${minutes} minutes was reached.`, returnCode: null };
    }
    case 'stopped':
      return { status: INTERRUPTED, returnCode: null };
    case 'notStarted':
      return { status: `Not started: ${end.reason}`, returnCode: null };
  }
}

/** Makes events and puts them into the queue: what the rest of the agent says to the server goes through here. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { localTime, nseClass, SWD_PACKAGE_STATUS, writeNse, type NseClass } from '../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';
import type { ResourceKey } from '../identity/register.ts';
import type { LogOnNews } from '../inventory/sessions.ts';
import type { EventQueue } from './queue.ts';

export interface Sender {
  guid: Guid;
  name: string;
  keys: readonly ResourceKey[];
}

/** What a delivery's events have in common. */
export interface DeliveryNames {
  advertisementGuid: Guid;
  advertisementName: string;
  packageGuid: Guid;
  packageName: string;
  packageVersion: number;
  programName: string;
}

export interface Execution {
  msgId: Guid;
  status: string;
  startedAt: Date;
  endedAt: Date;
  /** Null: the program gave none; it was not started, or did not come to its end. */
  returnCode: number | null;
}

export class Reporter {
  readonly #queue: EventQueue;
  readonly #sender: () => Sender;

  constructor(queue: EventQueue, sender: () => Sender) {
    this.#queue = queue;
    this.#sender = sender;
  }

  inventory(classes: readonly NseClass[]): void {
    this.#add(CAPTURE_ITEM.basicInventory, 0, classes, { keys: this.#sender().keys });
  }

  packageStep(
    names: DeliveryNames,
    status: keyof typeof SWD_PACKAGE_STATUS,
    detail: { bytes?: number; source?: string } = {},
  ): void {
    const row = {
      packageGuid: names.packageGuid,
      packageName: names.packageName,
      packageVersion: String(names.packageVersion),
      status: SWD_PACKAGE_STATUS[status],
      advertisementGuid: names.advertisementGuid,
      bytes: detail.bytes === undefined ? undefined : String(detail.bytes),
      source: detail.source,
    };
    this.#add(CAPTURE_ITEM.swdPackage, 1, [nseClass('swdPackage', [row])]);
  }

  /** One row an address that the package is offered at (sample 18). */
  packageServerStatus(packageGuid: Guid, packageVersion: number, status: string, codebases: readonly string[]): void {
    const facts = { packageGuid, packageVersion: String(packageVersion), status };
    const rows = codebases.map((codebase) => ({ ...facts, codebase }));
    this.#add(CAPTURE_ITEM.packageServerStatus, 1, [nseClass('packageServerStatus', rows)]);
  }

  execution(names: DeliveryNames, execution: Execution): void {
    const local = (time: Date): string => localTime(time, time.getTimezoneOffset());
    const row = {
      advertisementGuid: names.advertisementGuid,
      advertisementName: names.advertisementName,
      packageGuid: names.packageGuid,
      packageName: names.packageName,
      status: execution.status,
      start: local(execution.startedAt),
      end: local(execution.endedAt),
      returnCode: execution.returnCode === null ? undefined : String(execution.returnCode),
      programName: names.programName,
    };
    // Time and id are the run's: should the report be made twice, the two are one and the same event.
    const { msgId, endedAt } = execution;
    this.#add(CAPTURE_ITEM.swdExecution, 1, [nseClass('swdExecution', [row])], { msgId, time: endedAt });
  }

  logOn({ msgId, at, user, domain, event, ...news }: LogOnNews): void {
    const local = (time: number): string => localTime(new Date(time), new Date(time).getTimezoneOffset());
    const row = {
      user,
      domain,
      event,
      logOn: local(news.logOnAt),
      logOff: news.logOffAt === undefined ? undefined : local(news.logOffAt),
      duration: news.seconds === undefined ? undefined : String(news.seconds),
    };
    this.#add(CAPTURE_ITEM.clientLogOn, 1, [nseClass('clientLogOn', [row])], { msgId, time: new Date(at) });
  }

  #add(
    to: Guid,
    priority: number,
    classes: readonly NseClass[],
    { msgId = newGuid(), time = new Date(), keys = [] as readonly ResourceKey[] } = {},
  ): void {
    const { guid, name } = this.#sender();
    const event = {
      to,
      priority,
      msgId,
      time,
      biasMinutes: time.getTimezoneOffset(),
      resource: { guid, name, keys },
      classes,
    };
    this.#queue.add(msgId, writeNse(event));
  }
}

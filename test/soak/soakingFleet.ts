/** Agents of a large fleet that call one after the other, at a steady pace, over a few connections. */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { nseClass, writeNse, type NseClass } from '../../wire/nse.ts';
import { PAGE, SMA_ID } from '../../wire/paths.ts';
import { CAPTURE_ITEM } from '../../wire/wellKnown.ts';

const CONNECTIONS = 16;

export class SoakingFleet {
  readonly failed: string[] = [];
  calls = 0;
  /** Acknowledged: names of executions, and the build that each computer last told. */
  readonly executions: string[] = [];
  readonly builds = new Map<Guid, string>();
  inventories = 0;
  readonly #computers: readonly Guid[];
  readonly #url: URL;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #next = 0;

  constructor(computers: readonly Guid[], url: string) {
    this.#computers = computers;
    this.#url = new URL(url);
  }

  /** Calls for so many milliseconds, at most so many a second; each computer has its turn before one has its second. */
  async run(milliseconds: number, perSecond: number): Promise<void> {
    const startedAt = performance.now();
    const first = this.#next;
    const work = async (): Promise<void> => {
      for (;;) {
        const index = this.#next++;
        const dueAt = startedAt + ((index - first) * 1000) / perSecond;
        if (performance.now() - startedAt > milliseconds || dueAt - startedAt > milliseconds) return;
        if (dueAt > performance.now()) await pause(dueAt - performance.now());
        await this.#call(index);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #call(index: number): Promise<void> {
    const computer = this.#computers[index % this.#computers.length]!;
    const kind = index % 10;
    if (kind < 4) await this.#ask(computer, 'GET', `${PAGE.getClientPolicies}?WrkstaGuid=%7B${computer}%7D`);
    else if (kind < 8) await this.#report(computer, `soak ${index}`);
    else await this.#inventory(computer, index);
  }

  async #report(computer: Guid, advertisementName: string): Promise<void> {
    const classes = [nseClass('swdExecution', [{ advertisementName, status: 'Command executed', returnCode: '0' }])];
    if (await this.#post(computer, CAPTURE_ITEM.swdExecution, classes)) this.executions.push(advertisementName);
  }

  async #inventory(computer: Guid, index: number): Promise<void> {
    const osBuildNumber = String(index);
    const classes = [
      nseClass('identification', [
        { name: `SOAK-${index % this.#computers.length}`, domain: 'EXAMPLE', osBuildNumber },
      ]),
      nseClass(
        'clientAgent',
        Array.from({ length: 8 }, (_, plugIn) => ({ agentName: `Plug-in ${plugIn}`, productVersion: '8.8' })),
      ),
      nseClass('location', [{ site: 'Here' }]),
    ];
    if (!(await this.#post(computer, CAPTURE_ITEM.basicInventory, classes))) return;
    this.inventories++;
    this.builds.set(computer, osBuildNumber);
  }

  #post(computer: Guid, to: Guid, classes: NseClass[]): Promise<boolean> {
    const resource = { guid: computer, name: 'SOAK', keys: [] };
    const body = writeNse({ to, priority: 1, msgId: newGuid(), time: new Date(), biasMinutes: 0, resource, classes });
    return this.#ask(computer, 'POST', PAGE.postEvent, body);
  }

  #ask(computer: Guid, method: string, path: string, body?: string): Promise<boolean> {
    this.calls++;
    return new Promise((resolve) => {
      const fail = (why: string): void => {
        this.failed.push(`${method} ${path.slice(0, 60)}: ${why}`);
        resolve(false);
      };
      const { hostname, port } = this.#url;
      const headers = { [SMA_ID]: computer, ...(body === undefined ? {} : { 'Content-Type': 'application/xml' }) };
      const sent = request({ agent: this.#agent, hostname, port, method, path, headers }, (answer) => {
        answer.resume();
        answer.once('error', (error) => fail(error.message));
        answer.once('end', () => (answer.statusCode === 200 ? resolve(true) : fail(String(answer.statusCode))));
      });
      sent.once('error', (error) => fail(error.message));
      sent.end(body);
    });
  }
}

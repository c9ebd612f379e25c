/** Agents for tests: a state folder of their own, and rounds against a fake server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runAgent } from '../../../agent/agent.ts';
import { agentLog } from '../../../client/base/log.ts';
import type { AgentOptions } from '../../../agent/options.ts';
import { parseXml, type XmlElement } from '../../../wire/xml.ts';

const folders: string[] = [];

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ns-agent-'));
  folders.push(folder);
  return folder;
}

export function removeTemporaryFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function optionsFor(server: URL, stateFolder: string, more: Partial<AgentOptions> = {}): AgentOptions {
  return {
    server,
    stateFolder,
    allowHttp: false,
    once: true,
    name: 'WKS-042',
    retryPlan: { steps: [3, 6, 12], unitMs: 1000 },
    registrationIntervalMs: 1000,
    verbose: true,
    version: '0.0.1',
    ...more,
  };
}

export interface Round {
  code: number;
  lines: string[];
}

/** One round of an agent in this process. */
export async function round(options: AgentOptions, signal = new AbortController().signal): Promise<Round> {
  const lines: string[] = [];
  const log = agentLog((line) => lines.push(line), true);
  return { code: await runAgent(options, log, signal), lines };
}

export interface ReadEvent {
  to: string;
  className: string;
  msgId: string;
  rows: string[][];
}

/** Rows of an event's first class by position. */
export function readEvents(events: readonly string[]): ReadEvent[] {
  return events.flatMap((text) => {
    const message = parseXml(text);
    const value = (name: string): string => message.children.find((part) => part.name === name)!.text;
    const inventory = message.children.find((part) => part.name === 'body')!.children[0]!;
    return inventory.children
      .filter((part) => part.name === 'inventoryClass')
      .map((part) => ({
        to: value('to'),
        msgId: value('msgId'),
        className: part.attributes.name!,
        rows: part.children[0]!.children[0]!.children.map(cells),
      }));
  });
}

function cells(row: XmlElement): string[] {
  const values: string[] = [];
  for (const [name, value] of Object.entries(row.attributes)) values[Number(name.slice(1))] = value;
  return values;
}

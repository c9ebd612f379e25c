/**
 * `npm run bench`: how fast the server is, as ratios to what the machine could do at best. docs/performance.md tells
 * how to read it. Exit code 0 when everything ran, whatever the figures are: they are reported, not asserted.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bearerRow, eventRow, packageRows, policyRows } from './agentRows.ts';
import { giveKey } from './bearers.ts';
import type { Bench } from './compare.ts';
import { consoleRows } from './consoleRows.ts';
import { placedLists, siteLists } from './consoleSession.ts';
import { downloadRow } from './downloadRow.ts';
import { drainRows, longQueueRow } from './drainRows.ts';
import { addPackage, findPackage, makeSource } from './packages.ts';
import { addManyPlaces, moveIn } from './manyPlaces.ts';
import { packageServerRows } from './packageServerRows.ts';
import { CLIENT_CORE, node, projectFile, runNs, SERVER_CORE, startChild } from './processes.ts';
import { reportRow } from './reportRow.ts';
import { describeMachine, machineLine, textTable, writeDocument, writeJson, type Row } from './report.ts';
import { seededComputers, settingsFor, startServer } from './server.ts';
import { memoryRow, MOST_MB_UNDER_EVENTS, startRow } from './serverRows.ts';
import { snapshotRows } from './snapshotRows.ts';
import { sourcesRows } from './sourcesRow.ts';
import { xmlRows } from './xmlRow.ts';

const USAGE = `npm run bench -- [options]

  --quick          the agent pages, a smaller download, short queues and memory only, in about a minute
  --only PARTS     of xml, agents, snapshots, packageServers, sources, queues, console those that are named, with commas
  --write          put the table into docs/performance.md; with --only, the rows of other parts stay as they are
  --json FILE      where all figures go (default test-output/bench.json)
  --profile DIR    write CPU profiles of the server there
  --keep           leave the data folders, and say where they are`;

/** Computers at which the agent pages, and those at which start and console are measured. */
const FLEET = 10_000;
const LARGE_FLEET = 35_000;
/** Computers that ask where packages are, at the sizes of bench/manyPlaces.ts. */
const PLACED_COMPUTERS = 2000;
/** Rounds and milliseconds of the rows on XML. */
const QUICK_XML = { rounds: 3, milliseconds: 100 };
const XML = { rounds: 7, milliseconds: 300 };
/** So many of the fleet have a key of their own; the others are known by GUID. */
const KEYED = 500;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    json: { type: 'string', default: projectFile('test-output/bench.json') },
    profile: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);

function seed(dataDir: string, computers: number, deliveries: number): void {
  say(`Seeding ${computers} computers …`);
  mkdirSync(dataDir, { recursive: true });
  runNs(settingsFor(dataDir), 'seed', '--computers', String(computers), '--events', String(deliveries));
}

async function startBench(workDir: string): Promise<Bench> {
  const bare = startChild(SERVER_CORE, node(projectFile('bench/bare.ts'), join(workDir, 'bare-access.log')), {
    log: join(workDir, 'bare.log'),
    ipc: true,
  });
  const port = await bare.message<number>();
  const client = startChild(CLIENT_CORE, node(projectFile('bench/load.ts')), {
    log: join(workDir, 'load.log'),
    ipc: true,
  });
  await client.message();
  const length = options.quick
    ? { rounds: 3, warmUpMs: 150, measureMs: 450 }
    : { rounds: 5, warmUpMs: 500, measureMs: 1500 };
  return { bare: { ...bare, port }, client, ...length };
}

/** Agent pages, download and memory, on one server. */
async function fleetRows(workDir: string): Promise<Row[]> {
  const dataDir = join(workDir, 'fleet');
  const sourceDir = join(workDir, 'package');
  seed(dataDir, FLEET, options.quick ? 0 : FLEET);
  say('Publishing a package …');
  makeSource(sourceDir, options.quick ? 256 : 1024);
  const packageGuid = addPackage(dataDir, sourceDir);
  const computers = seededComputers(dataDir);
  const keyed = computers.splice(-KEYED);
  const key = giveKey(dataDir, keyed);
  const server = await startServer(dataDir, options.profile);
  const bench = await startBench(workDir);
  try {
    const made = await findPackage(server, computers[0]!, packageGuid, sourceDir);
    say('Agent pages …');
    const rows = [
      ...(await policyRows(bench, server, computers, FLEET)),
      ...(options.quick ? [] : [await bearerRow(bench, server, keyed, key, made.serverKey)]),
      ...(await packageRows(bench, server, computers, made)),
      await downloadRow(options.quick ? 3 : 5, workDir, server, computers[0]!, made),
    ];
    rows.push(memoryRow(server, FLEET, 'the rows above'));
    rows.push(await eventRow(bench, server, computers));
    rows.push(memoryRow(server, FLEET, 'a storm of events', MOST_MB_UNDER_EVENTS));
    return rows;
  } finally {
    await Promise.all([bench.client.stop(), bench.bare.stop(), server.stop()]);
  }
}

async function drain(workDir: string): Promise<Row[]> {
  say('Draining queues …');
  const rows = await drainRows(workDir, options.quick);
  return options.quick ? rows : [...rows, await longQueueRow(workDir)];
}

async function packageServers(workDir: string): Promise<Row[]> {
  say('Package server …');
  return packageServerRows(workDir, options.quick);
}

async function snapshots(workDir: string): Promise<Row[]> {
  say('Snapshots …');
  return snapshotRows(workDir, options.quick);
}

/** The choice of sources at the sizes of bench/manyPlaces.ts, on a server of its own. */
async function sources(workDir: string): Promise<Row[]> {
  const dataDir = join(workDir, 'places');
  seed(dataDir, PLACED_COMPUTERS, 0);
  say('Adding sites, package servers and packages …');
  const computers = seededComputers(dataDir);
  const places = await addManyPlaces(dataDir, computers);
  const server = await startServer(dataDir, options.profile);
  const bench = await startBench(workDir);
  try {
    const rows = await sourcesRows(bench, server, computers, places);
    return [...rows, ...(await consoleRows(server, PLACED_COMPUTERS, placedLists(places.packages[0]!)))];
  } finally {
    await Promise.all([bench.client.stop(), bench.bare.stop(), server.stop()]);
  }
}

/** Start and console, at the largest fleet that one server is published for. */
async function largeFleetRows(workDir: string): Promise<Row[]> {
  const dataDir = join(workDir, 'large-fleet');
  seed(dataDir, LARGE_FLEET, LARGE_FLEET * 3);
  const server = await startServer(dataDir, options.profile);
  try {
    say('Console …');
    const rows = await consoleRows(server, LARGE_FLEET);
    await server.stop();
    const fleet = [await startRow(dataDir, LARGE_FLEET, 3), ...rows, await reportRow(dataDir, LARGE_FLEET, 5)];
    return [...fleet, ...(await placedFleetRows(dataDir))];
  } finally {
    await server.stop();
  }
}

/** The same fleet in many places: last, because the rows before are those of a few sites. */
async function placedFleetRows(dataDir: string): Promise<Row[]> {
  say('Adding sites, package servers and packages …');
  const computers = seededComputers(dataDir);
  const { sites } = await addManyPlaces(dataDir, computers);
  await moveIn(dataDir, computers);
  const server = await startServer(dataDir, options.profile);
  try {
    return await consoleRows(server, LARGE_FLEET, siteLists(sites[0]!));
  } finally {
    await server.stop();
  }
}

type Part = (workDir: string) => Promise<Row[]>;

/** In the order of the table. */
const PARTS: Readonly<Record<string, Part>> = {
  xml: () => Promise.resolve(xmlRows(options.quick ? QUICK_XML : XML)),
  agents: fleetRows,
  snapshots,
  packageServers,
  sources,
  queues: drain,
  console: largeFleetRows,
};
const NOT_QUICK = ['sources', 'console'];

/** @throws Error for a part that there is not */
function chosenParts(): Part[] {
  const named = options.only?.split(',');
  const unknown = named?.find((name) => !(name in PARTS));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}": ${Object.keys(PARTS).join(', ')}.`);
  return Object.entries(PARTS)
    .filter(([name]) => (named === undefined ? !options.quick || !NOT_QUICK.includes(name) : named.includes(name)))
    .map(([, measure]) => measure);
}

async function main(): Promise<void> {
  const workDir = mkdtempSync(join(tmpdir(), 'ns-bench-'));
  try {
    const machine = describeMachine(new Date());
    const rows: Row[] = [];
    for (const measure of chosenParts()) rows.push(...(await measure(workDir)));
    print(`\n${textTable(rows)}\n\n${machineLine(machine)}`);
    mkdirSync(projectFile('test-output'), { recursive: true });
    writeJson(options.json, rows, machine);
    if (options.write) writeDocument(rows, machine, options.only !== undefined);
  } finally {
    if (options.keep) say(`Data folders: ${workDir}`);
    else rmSync(workDir, { recursive: true, force: true });
  }
}

if (options.help) print(USAGE);
else {
  await main().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}

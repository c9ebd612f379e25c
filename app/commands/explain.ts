/** `ns explain`: which sources a computer would be offered for a package, in which order, and why no others. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { PackageCatalogue } from '../../models/packages/catalogue.ts';
import { candidateLine, explainSources } from '../../models/packages/explainSources.ts';
import { PackageInfoWriter } from '../../models/packages/packageInfo.ts';
import { PackageServerIndex } from '../../models/packageServers/packageServerIndex.ts';
import { loadMasterKey, loadSecrets } from '../../models/secrets/secrets.ts';
import { readSetting } from '../../models/settings/settingStore.ts';
import { addressBytes } from '../../models/sites/address.ts';
import { SiteIndex } from '../../models/sites/siteIndex.ts';
import type { Session } from '../../models/cmdb/types.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { ownAddresses, ownBases } from '../../routes/agent/packageInfoWriter.ts';
import { defaultPublicUrl } from '../createContext.ts';
import { callApi, ServerUnreachable, type ApiServer } from './apiClient.ts';
import { openForCommand, UsageError, type Command, type CommandCmdb, type CommandIo } from './command.ts';
import { wholeNumber } from './clientOptions.ts';

const usage = `ns explain --package NAME|GUID (--computer NAME|GUID | --address ADDRESS) [--minutes N] [--json]
ns explain --url URL --token TOKEN [--ca FILE] --package GUID (--computer GUID | --address ADDRESS) [--minutes N] [--json]

Says which sources a computer would be offered for a package: its site and why, each candidate, kept or dropped with
the reason, the order, and the answer as XML without its tokens.

  --package NAME|GUID    the package
  --computer NAME|GUID   the computer; its address is that of its inventory
  --address ADDRESS      or whoever calls from this address
  --minutes N            as if the agent had tried for so long (default: 0)
  --json                 all of it as JSON, for programs
  --url URL, --token TOKEN, --ca FILE
                         ask a running server through its API instead of the CMDB of this machine`;

interface Answer {
  places: string[];
  distribution: string;
  fallback: string;
  status: string;
  statusDescription: string;
  sources: { name: string; addresses: string[]; offered: boolean; reason: string }[];
  xml: string;
}

interface Question {
  package: string;
  computer: string | undefined;
  address: string | undefined;
  minutes: number;
}

export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell where a computer would be sent for a package, and why nowhere else',
  usage,
  async run(args, io) {
    const { question, server, asJson } = readArguments(args);
    const answer = server === undefined ? await askHere(question, io) : await askServer(question, server, io);
    if (answer === undefined) return 1;
    if (asJson) io.out(JSON.stringify(answer, null, 2));
    else print(answer, io);
    return answer.status === 'valid' ? 0 : 1;
  },
};

const text = { type: 'string' } as const;

function readArguments(args: string[]): { question: Question; server: ApiServer | undefined; asJson: boolean } {
  const options = { package: text, computer: text, address: text, minutes: text, url: text, token: text, ca: text };
  const { values } = parseArgs({ args, options: { ...options, json: { type: 'boolean', default: false } } });
  if (values.package === undefined) throw new UsageError('--package is missing: which package?');
  if (values.computer === undefined && values.address === undefined) {
    throw new UsageError('--computer or --address is missing: for whom?');
  }
  if (values.address !== undefined && addressBytes(values.address) === undefined) {
    throw new UsageError(`"${values.address}" is not an address.`);
  }
  if (values.url !== undefined && values.token === undefined) throw new UsageError('--url needs --token.');
  const minutes = wholeNumber(values.minutes, '--minutes', { least: 0, most: 1_000_000, byDefault: 0 });
  const ca = values.ca === undefined ? undefined : readFileSync(values.ca, 'utf8');
  return {
    question: { package: values.package, computer: values.computer, address: values.address, minutes },
    server: values.url === undefined ? undefined : { url: values.url, token: values.token!, ca },
    asJson: values.json,
  };
}

async function askServer(question: Question, server: ApiServer, io: CommandIo): Promise<Answer | undefined> {
  const { computer, address, minutes } = question;
  const query = new URLSearchParams({ minutes: String(minutes) });
  if (computer !== undefined) query.set('computer', computer);
  if (address !== undefined) query.set('address', address);
  try {
    const { status, body } = await callApi(
      server,
      'GET',
      `/packages/${encodeURIComponent(question.package)}/sources?${query}`,
    );
    if (status === 200) return body as Answer;
    io.err((body as { detail?: string } | undefined)?.detail ?? `The server answers ${status}.`);
  } catch (error) {
    if (!(error instanceof ServerUnreachable)) throw error;
    io.err(error.message);
  }
  return undefined;
}

async function askHere(question: Question, io: CommandIo): Promise<Answer | undefined> {
  const opened = await openForCommand(io);
  try {
    return await explainFrom(opened, question, io);
  } finally {
    await opened.close();
  }
}

async function explainFrom(
  { cmdb, clock, settings }: CommandCmdb,
  question: Question,
  io: CommandIo,
): Promise<Answer | undefined> {
  const packageGuid = await packageNamed(cmdb, question.package);
  if (packageGuid === undefined) return told(io, `There is no package "${question.package}".`);
  const computer = question.computer === undefined ? undefined : await computerNamed(cmdb, question.computer);
  if (question.computer !== undefined && computer === undefined) {
    return told(io, `There is no computer "${question.computer}", or more than one: give its GUID.`);
  }
  const secrets = await loadSecrets(cmdb, loadMasterKey(settings.masterKey, settings.dataDir), clock);
  const sites = await SiteIndex.load(cmdb);
  const packageServers = await PackageServerIndex.load(cmdb, { clock, tokenKey: secrets.tokenKey, sites });
  const publicUrl = (await readSetting(cmdb, 'server.publicUrl')) ?? defaultPublicUrl(settings);
  const own = ownBases({ publicUrl, settings });
  const ownPlaces = () => sites.matchesOf(ownAddresses());
  const writer = new PackageInfoWriter(publicUrl, secrets.signingKeys.sourceKeyOf, {
    servers: packageServers,
    own,
    ownPlaces,
  });
  const packages = await PackageCatalogue.load(cmdb);
  const { choice, matches, distribution, xml } = await explainSources(
    cmdb,
    { packages, sites, packageServers, writer, now: clock.now() },
    {
      packageGuid,
      computer,
      addresses: question.address === undefined ? undefined : [question.address],
      totalTimeMinutes: question.minutes,
    },
  );
  return {
    places: matches.map(({ reason }) => reason),
    distribution,
    fallback: choice.fallback,
    status: choice.status,
    statusDescription: choice.statusDescription,
    sources: choice.candidates.map((candidate) => ({ ...candidateLine(candidate), offered: candidate.offered })),
    xml,
  };
}

function told(io: CommandIo, message: string): undefined {
  io.err(message);
  return undefined;
}

async function packageNamed({ db }: Session, named: string): Promise<Guid | undefined> {
  const guid = parseGuid(named);
  const packages = db.selectFrom('Package as p').innerJoin('Item as i', 'i.Guid', 'p.Guid').select('p.Guid');
  const row = await (
    guid === undefined ? packages.where('i.Name', '=', named) : packages.where('p.Guid', '=', guid)
  ).executeTakeFirst();
  return row?.Guid;
}

async function computerNamed({ db }: Session, named: string): Promise<Guid | undefined> {
  const guid = parseGuid(named);
  const computers = db
    .selectFrom('Resource')
    .select('Guid')
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null);
  const rows = await (
    guid === undefined ? computers.where('Name', '=', named) : computers.where('Guid', '=', guid)
  ).execute();
  return rows.length === 1 ? rows[0]!.Guid : undefined;
}

function print(answer: Answer, io: CommandIo): void {
  for (const place of answer.places) io.out(place);
  io.out(`The package goes to: ${answer.distribution}. Fallback of ${answer.fallback}`);
  io.out('');
  let rank = 0;
  for (const { name, addresses, offered, reason } of answer.sources) {
    const mark = offered ? `${++rank}.` : '- ';
    io.out(`${mark.padEnd(4)}${name}${addresses.length === 0 ? '' : ` (${addresses.join(', ')})`}: ${reason}`);
  }
  io.out('');
  io.out(`Status: ${answer.status}${answer.status === 'valid' ? '' : `, ${answer.statusDescription}`}`);
  io.out('');
  io.out(answer.xml.trimEnd());
}

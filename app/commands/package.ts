/** `ns package`: adds a package, or looks at a source anew; on the CMDB of this machine or through the API of a server. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidInput, type FieldError } from '../../models/fieldErrors.ts';
import { ServerUnreachable } from './apiClient.ts';
import { addPackageByApi } from './packageByApi.ts';
import { addPackageHere } from './packageHere.ts';
import { refreshPackageByApi, refreshPackageHere } from './packageRefresh.ts';
import { UsageError, type Command, type CommandIo } from './command.ts';

const usage = `ns package add --name NAME --folder DIR [options]
ns package refresh NAME|GUID [--url URL …]

add makes a package, builds its first snapshot and prints the package's GUID and version. refresh looks
at the source of a package, publishes what has changed and prints the version; files, bytes and percent are shown meanwhile.

  --name NAME            name of the package
  --folder DIR           folder that holds the files; with --url a folder of the server
  --share UNC            folder of a share, \\\\server\\share\\folder; NS_SHARE_MOUNTS says where it is mounted
  --source-url ADDRESS   http or https address of a list of files, of a folder that has one, or of an archive
  --no-source            no files: the package is a command line only
  --watch                publish changes in the folder or share without waiting for the schedule
  --description TEXT
  --publisher TEXT
  --language TEXT
  --version-text TEXT    version for people, default 1.0
  --priority P           Low, Normal, High or VeryHigh, default Normal
  --program NAME         a program; more than one may be given, each with its command line
  --command-line TEXT    command line of the program, relative to the folder
  --success-codes LIST   for all programs, default 0,3010,1641
  --terminate-after MIN  for all programs, minutes, default 60
  --url URL              through the API of that server instead of the CMDB of this machine
  --token-file FILE      file with the API token (scope write)
  --token TOKEN          the API token; other users of this machine can read it while the command runs
  --ca FILE              certificate (PEM) that the server's must come from; a self-signed one may be given itself
  --json                 print the result as JSON`;

const text = { type: 'string' } as const;
const OPTIONS = {
  name: text,
  folder: text,
  share: text,
  'source-url': text,
  'no-source': { type: 'boolean' },
  watch: { type: 'boolean' },
  description: text,
  publisher: text,
  language: text,
  'version-text': text,
  priority: text,
  program: { type: 'string', multiple: true },
  'command-line': { type: 'string', multiple: true },
  'success-codes': text,
  'terminate-after': text,
  url: text,
  token: text,
  'token-file': text,
  ca: text,
  json: { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export interface AddedPackage {
  guid: string;
  version: number | null;
}

export const packageCommand: Command = {
  name: 'package',
  summary: 'make a package of a folder, or look at its source anew',
  usage,
  async run(args, io) {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options: OPTIONS });
    if (positionals[0] === 'refresh') return refresh(positionals, values, io);
    if (positionals.length !== 1 || positionals[0] !== 'add') throw new UsageError('Say add or refresh.');
    const input = inputOf(values);
    try {
      const added = await (values.url === undefined
        ? addPackageHere(io, input)
        : addPackageByApi(io, { url: values.url, token: tokenOf(values), ca: caOf(values) }, input));
      if (added === undefined) return 1;
      print(io, added, values.json === true);
      return 0;
    } catch (error) {
      if (error instanceof InvalidInput) error.errors.forEach((fault) => io.err(sentence(fault, values)));
      else if (error instanceof ServerUnreachable) io.err(error.message);
      else throw error;
      return 1;
    }
  },
};

const OF_REFRESH = ['url', 'token', 'token-file', 'ca', 'json'];

async function refresh(positionals: string[], values: Values, io: CommandIo): Promise<number> {
  const [, which] = positionals;
  if (which === undefined || positionals.length !== 2) throw new UsageError('Say which package: its name or GUID.');
  const other = Object.keys(values).find((name) => !OF_REFRESH.includes(name));
  if (other !== undefined) throw new UsageError(`--${other} is for ns package add.`);
  try {
    const server = values.url === undefined ? undefined : { url: values.url, token: tokenOf(values), ca: caOf(values) };
    const done = await (server === undefined ? refreshPackageHere(io, which) : refreshPackageByApi(io, server, which));
    if (done === undefined) return 1;
    if (values.json === true) io.out(JSON.stringify(done));
    else io.out(`{${done.guid}} version ${done.version ?? 'none'}${done.changed ? '' : ', unchanged'}`);
    return 0;
  } catch (error) {
    if (!(error instanceof ServerUnreachable)) throw error;
    io.err(error.message);
    return 1;
  }
}

/** The fields as the API takes them; what was not given takes the default there. */
function inputOf(values: Values): Record<string, unknown> {
  const names = values.program ?? [];
  const lines = values['command-line'] ?? [];
  if (names.length !== lines.length)
    throw new UsageError('Each --program needs its --command-line, and the other way round.');
  if (values.name === undefined) throw new UsageError('--name is missing.');
  if (!/^\d{1,6}$/.test(values['terminate-after'] ?? '0'))
    throw new UsageError('--terminate-after takes whole minutes.');
  const optional = {
    description: values.description,
    publisher: values.publisher,
    language: values.language,
    versionText: values['version-text'],
    priority: values.priority,
  };
  return {
    name: values.name,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...sourceOf(values),
    programs: names.map((name, index) => programOf(values, name, lines[index]!)),
  };
}

function sourceOf(values: Values): Record<string, unknown> {
  const { folder, share, 'source-url': address, 'no-source': none, watch = false, url } = values;
  const given = [folder, share, address, none].filter((value) => value !== undefined);
  if (given.length !== 1) throw new UsageError('Say one of --folder, --share, --source-url and --no-source.');
  if (watch && folder === undefined && share === undefined) {
    throw new UsageError('--watch is for --folder and --share: nothing else can be watched.');
  }
  const watched = watch ? { isWatched: true } : {};
  // A folder of this machine may be given as seen from here; one of a server may not.
  if (folder !== undefined) {
    return { sourceKind: 'folder', sourcePath: url === undefined ? resolve(folder) : folder, ...watched };
  }
  if (share !== undefined) return { sourceKind: 'unc', sourcePath: share, ...watched };
  return address === undefined ? { sourceKind: 'none' } : { sourceKind: 'url', sourcePath: address };
}

function programOf(values: Values, name: string, commandLine: string): Record<string, unknown> {
  const codes = values['success-codes'];
  const minutes = values['terminate-after'];
  return {
    name,
    commandLine,
    ...(codes === undefined ? {} : { successCodes: codes }),
    ...(minutes === undefined ? {} : { terminateAfterMinutes: Number(minutes) }),
  };
}

function tokenOf(values: Values): string {
  if (values.token !== undefined) return values.token;
  if (values['token-file'] === undefined) throw new UsageError('--url needs --token-file or --token.');
  return readGiven('--token-file', values['token-file']).trim();
}

const caOf = ({ ca }: Values): string | undefined => (ca === undefined ? undefined : readGiven('--ca', ca));

function readGiven(option: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${option} names a file that cannot be read: ${(error as Error).message}.`);
  }
}

/** Fields under the names that the command line has for them. */
const OPTION_OF: Record<string, string> = {
  versionText: '--version-text',
  commandLine: '--command-line',
  successCodes: '--success-codes',
  terminateAfterMinutes: '--terminate-after',
};

function sentence({ field, message }: FieldError, values: Values): string {
  if (field === '') return message;
  if (field === 'sourcePath') return `${sourceOption(values)}: ${message}`;
  const [list, , name] = field.split('.');
  const isProgramName = list === 'programs' && name === 'name';
  return `${isProgramName ? '--program' : (OPTION_OF[name ?? field] ?? `--${name ?? field}`)}: ${message}`;
}

const sourceOption = ({ share, 'source-url': address }: Values): string =>
  share !== undefined ? '--share' : address !== undefined ? '--source-url' : '--folder';

function print(io: CommandIo, { guid, version }: AddedPackage, asJson: boolean): void {
  if (asJson) io.out(JSON.stringify({ guid, version }));
  else io.out(version === null ? `{${guid}}` : `{${guid}} version ${version}`);
}

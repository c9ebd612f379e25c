/** `ns package-server`: holds packages for a site and serves them. Options here, everything else in siteserver/. */
import { hostname } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { isIP } from 'node:net';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RETRY_MINUTES } from '../../client/base/backOff.ts';
import { StateInUse } from '../../client/base/lock.ts';
import { agentLog } from '../../client/base/log.ts';
import { NotTrusted } from '../../client/http/errors.ts';
import type { PackageServerOptions } from '../../siteserver/options.ts';
import { runPackageServer } from '../../siteserver/packageServer.ts';
import { isUncPath } from '../../wire/packageServer.ts';
import { selfSignedIn } from '../certificate.ts';
import { PRODUCT_VERSION } from '../context.ts';
import { serverAddress, wholeNumber } from './clientOptions.ts';
import { UsageError, type Command } from './command.ts';
import { stopSignal } from './stopSignal.ts';

const usage = `ns package-server --server URL --state DIR --port N [options]

Runs a package server on this computer: it registers like an agent, holds the packages that it is assigned and serves
them to the computers of its site. An administrator gives it the package service in the console, under Site management,
Package servers. Stop it with Ctrl-C or SIGTERM.

  --server URL                   the Notification Server, for example https://ns1.example.com
  --state DIR                    folder of its key, policies, packages and waiting events
  --port N                       serve HTTPS on this port
  --http-port N                  serve plain HTTP on this port, too (default: none)
  --host NAME                    name or address that agents call it by (default: this computer's name)
  --bind ADDRESS                 listen on this address only
  --tls-cert FILE, --tls-key FILE  certificate (PEM) and its key; without them it makes its own, whose key the
                                 Notification Server tells to the agents
  --prestage DIR                 packages that were brought here by hand, each in a folder named by its GUID: verified
                                 instead of downloaded
  --unc \\\\HOST\\SHARE          agents may read the packages over this file share, too
  --unc-folder DIR               the folder that the share publishes, on the file system of --state: it is filled with
                                 hard links; share it for reading only
  --token TOKEN, --token-file FILE, --pin SHA256, --ca FILE, --allow-http, --name NAME, --address ADDRESS,
  --registration-interval SEC, --retry-minutes LIST, --retry-unit SEC, --verbose
                                 as with ns agent
  --report-interval SEC          report at least so often (default: as its policy says)`;

export const packageServerCommand: Command = {
  name: 'package-server',
  summary: 'hold packages for a site and serve them',
  usage,
  async run(args, io) {
    const options = await readOptions(args);
    const log = agentLog(io.err, options.verbose);
    const stop = stopSignal();
    try {
      await runPackageServer(options, log, stop.signal);
      return 0;
    } catch (error) {
      const isPort = /^(EADDRINUSE|EACCES|EADDRNOTAVAIL)$/.test((error as NodeJS.ErrnoException).code ?? '');
      if (!(isPort || error instanceof NotTrusted || error instanceof StateInUse)) throw error;
      io.err((error as Error).message);
      return 1;
    } finally {
      stop.release();
    }
  },
};

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;

async function readOptions(args: string[]): Promise<PackageServerOptions> {
  const { values } = parseArgs({
    args,
    options: {
      server: text,
      state: text,
      port: text,
      'http-port': text,
      host: text,
      bind: text,
      'tls-cert': text,
      'tls-key': text,
      prestage: text,
      unc: text,
      'unc-folder': text,
      token: text,
      'token-file': text,
      pin: text,
      ca: text,
      name: text,
      address: text,
      'registration-interval': text,
      'report-interval': text,
      'retry-minutes': text,
      'retry-unit': text,
      'allow-http': flag,
      verbose: flag,
    },
  });
  if (values.state === undefined) throw new UsageError('--state is missing: where does it keep its key and packages?');
  if (values.port === undefined) throw new UsageError('--port is missing: where do agents fetch packages?');
  if (values.address !== undefined && isIP(values.address) === 0) {
    throw new UsageError(`"${values.address}" is not an address.`);
  }
  const stateFolder = resolve(values.state);
  const host = values.host ?? hostname();
  if (!URL.canParse(`https://${host.includes(':') ? `[${host}]` : host}`))
    throw new UsageError(`"${host}" is not a host.`);
  const unc = share(values.unc, values['unc-folder'], stateFolder);
  const seconds = (option: 'registration-interval' | 'retry-unit', byDefault: number): number =>
    1000 * wholeNumber(values[option], `--${option}`, { least: 1, byDefault });
  return {
    server: serverAddress(values.server),
    stateFolder,
    token:
      values.token ?? (values['token-file'] === undefined ? undefined : fileText(values['token-file'], '--token-file')),
    caFile: values.ca,
    pin: values.pin,
    allowHttp: values['allow-http'],
    name: values.name,
    address: values.address,
    host,
    bind: values.bind,
    port: wholeNumber(values.port, '--port', { least: 1, most: 65_535, byDefault: 0 }),
    httpPort: wholeNumber(values['http-port'], '--http-port', { least: 0, most: 65_535, byDefault: 0 }),
    ...(await certificate(stateFolder, host, values['tls-cert'], values['tls-key'])),
    prestage: values.prestage === undefined ? undefined : resolve(values.prestage),
    unc,
    retryPlan: { steps: retrySteps(values['retry-minutes']), unitMs: seconds('retry-unit', 60) },
    registrationIntervalMs: seconds('registration-interval', 180),
    reportIntervalMs:
      values['report-interval'] === undefined
        ? undefined
        : 1000 * wholeNumber(values['report-interval'], '--report-interval', { least: 1, byDefault: 60 }),
    verbose: values.verbose,
    version: PRODUCT_VERSION,
  };
}

/** An authority vouches for a given certificate; the server vouches for the key of one that is made here. */
async function certificate(
  stateFolder: string,
  host: string,
  certFile: string | undefined,
  keyFile: string | undefined,
): Promise<{ tls: object; tlsPin: string }> {
  if ((certFile === undefined) !== (keyFile === undefined))
    throw new UsageError('--tls-cert and --tls-key go together.');
  if (certFile !== undefined) {
    return { tls: { cert: fileText(certFile, '--tls-cert'), key: fileText(keyFile!, '--tls-key') }, tlsPin: '' };
  }
  const { tls, pin } = await selfSignedIn(join(stateFolder, 'tls'), [host], Date.now());
  return { tls, tlsPin: pin };
}

function share(path: string | undefined, folder: string | undefined, stateFolder: string): PackageServerOptions['unc'] {
  if (path === undefined && folder === undefined) return undefined;
  if (path === undefined || folder === undefined) throw new UsageError('--unc and --unc-folder go together.');
  if (!isUncPath(path)) throw new UsageError(`"${path}" is not the path of a share, as \\\\HOST\\SHARE.`);
  if (isBelow(stateFolder, resolve(folder)) || isBelow(resolve(folder), join(stateFolder, 'content')))
    throw new UsageError(
      'The folder of the share must not hold the state folder, which has the key of this computer, nor lie in its content.',
    );
  return { path, folder: resolve(folder) };
}

/** The folder itself counts, too. */
function isBelow(inner: string, outer: string): boolean {
  const path = relative(outer, inner);
  return !isAbsolute(path) && path.split(sep)[0] !== '..';
}

function fileText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`The file of ${option} cannot be read: ${(error as Error).message}`);
  }
}

function retrySteps(list: string | undefined): readonly number[] {
  if (list === undefined) return RETRY_MINUTES;
  const steps = list.split(',').map(Number);
  if (steps.some((step) => !(step > 0 && step <= 100_000))) {
    throw new UsageError('--retry-minutes takes numbers above 0, separated by commas.');
  }
  return steps;
}

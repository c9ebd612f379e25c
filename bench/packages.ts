/** One real package, made through the command line, and the addresses that the server gives an agent for it. */
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { guid, type Guid } from '../wire/guid.ts';
import { askOnce } from './ask.ts';
import { runNs } from './processes.ts';
import { getAt, getPackageInfo } from './requests.ts';
import { settingsFor, type Server } from './server.ts';

export const BIG_FILE = 'image.bin';

export interface BenchPackage {
  guid: Guid;
  sourceDir: string;
  snapshotTag: string;
  bigFileUrl: string;
  /** The server's public key, which package information names. */
  serverKey: string;
}

/** A folder with one big file of `megabytes` and some small ones. */
export function makeSource(folder: string, megabytes: number): void {
  mkdirSync(join(folder, 'data'), { recursive: true });
  const block = randomFillSync(Buffer.alloc(1024 * 1024));
  const file = openSync(join(folder, BIG_FILE), 'w');
  for (let megabyte = 0; megabyte < megabytes; megabyte++) {
    block.writeUInt32LE(megabyte, 0);
    writeSync(file, block);
  }
  closeSync(file);
  for (let number = 0; number < 20; number++) {
    writeFileSync(join(folder, 'data', `file-${number}.txt`), `file ${number}\n`.repeat(100));
  }
}

/** Before the server starts. */
export function addPackage(dataDir: string, sourceDir: string, name = 'Bench package'): Guid {
  const printed = runNs(settingsFor(dataDir), 'package', 'add', '--name', name, '--folder', sourceDir);
  const found = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/i.exec(printed);
  if (found === null) throw new Error(`ns package add printed no GUID: ${printed}`);
  return guid(found[0]);
}

/** Asks as the computer does: package information first, then the manifest. */
export async function findPackage(
  server: Server,
  computer: Guid,
  packageGuid: Guid,
  sourceDir: string,
): Promise<BenchPackage> {
  const { href, snapshot, serverKey } = await askForPackage(server, computer, packageGuid);
  const manifest = await askOnce(server.port, getAt(snapshot, computer));
  const snapshotTag = manifest.headers.ETag;
  if (snapshotTag === undefined) throw new Error(`the snapshot has no ETag: it was answered ${manifest.status}`);
  return { guid: packageGuid, sourceDir, snapshotTag, bigFileUrl: `${href}/${BIG_FILE}`, serverKey };
}

/**
 * The addresses that the server gives one computer: each carries a token of that computer's own. `base`: how the address
 * of the wanted one begins, where there are several.
 */
export async function askForPackage(
  server: Server,
  computer: Guid,
  packageGuid: Guid,
  base = '',
): Promise<{ href: string; snapshot: string; serverKey: string }> {
  const info = await askOnce(server.port, getPackageInfo(computer, packageGuid));
  const text = Buffer.from(info.body, 'base64').toString('utf8');
  const attribute = (name: string): string => {
    const match = new RegExp(` ${name}="(${name === 'href' ? base : ''}[^"]+)"`).exec(text);
    if (match === null) throw new Error(`the package information has no ${name}: ${info.status} ${text.slice(0, 400)}`);
    return match[1]!.replaceAll('&amp;', '&');
  };
  return { href: attribute('href'), snapshot: attribute('snapshot'), serverKey: attribute('sourceKey') };
}

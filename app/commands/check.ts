import { access, constants, mkdir, statfs, writeFile, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { openCmdb, type AnyCmdb } from '../../models/cmdb/open.ts';
import { readMigrations, schemaVersion } from '../../models/cmdb/migrate.ts';
import { loadSettings, type Settings } from '../config.ts';
import type { Command } from './command.ts';

interface Check {
  name: string;
  state: 'ok' | 'warning' | 'failed';
  text: string;
}

/** `ns check`: is this machine ready to serve? One line a check, with the fix; 1 when a check failed. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'tell whether the server could start here, and what to mend',
  usage: `ns check [--json]

Checks the settings, the ports, the data folder, the CMDB and its schema, the certificate, the clock and the disk.
Changes nothing but a test file in the data folder. Exit code 1 when a check failed; warnings do not fail.`,
  async run(args, io) {
    const { settings } = loadSettings(io.environment);
    const checks = [
      ...(await Promise.all(
        [settings.httpPort, settings.httpsPort].filter((port) => port !== 0).map((port) => portFree(port, settings)),
      )),
      await folderWritable(settings),
      await diskFree(settings),
      ...(await cmdbReady(settings)),
      certificateDays(settings),
    ];
    if (args.includes('--json')) io.out(JSON.stringify(checks, null, 2));
    else for (const check of checks) io.out(`${check.state.padEnd(8)} ${check.name}: ${check.text}`);
    return checks.some((check) => check.state === 'failed') ? 1 : 0;
  },
};

function portFree(port: number, settings: Settings): Promise<Check> {
  const name = `port ${port}`;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const text =
        error.code === 'EADDRINUSE'
          ? 'in use; if that is this server, all is well, else stop the other program or change the port'
          : error.code === 'EACCES'
            ? 'needs more rights than this user has; see docs/deployment.md'
            : error.message;
      resolve({ name, state: error.code === 'EADDRINUSE' ? 'warning' : 'failed', text });
    });
    probe.listen(port, settings.host === '' ? undefined : settings.host, () =>
      probe.close(() => resolve({ name, state: 'ok', text: 'free' })),
    );
  });
}

async function folderWritable({ dataDir }: Settings): Promise<Check> {
  const name = 'data folder';
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.W_OK);
    const probe = join(dataDir, `.check-${process.pid}`);
    await writeFile(probe, 'check');
    await unlink(probe);
    return { name, state: 'ok', text: `${dataDir} is writable` };
  } catch (error) {
    return { name, state: 'failed', text: `${dataDir} cannot be written: ${(error as Error).message}` };
  }
}

async function diskFree(settings: Settings): Promise<Check> {
  try {
    const { bavail, bsize } = await statfs(settings.dataDir);
    const freeMb = Math.floor((bavail * bsize) / (1024 * 1024));
    const enough = freeMb >= settings.minFreeDiskMb;
    return {
      name: 'disk',
      state: enough ? 'ok' : 'failed',
      text: `${freeMb.toLocaleString('en')} MB free, ${settings.minFreeDiskMb} MB wanted (NS_MIN_FREE_DISK_MB)`,
    };
  } catch (error) {
    return { name: 'disk', state: 'failed', text: (error as Error).message };
  }
}

async function cmdbReady(settings: Settings): Promise<Check[]> {
  let cmdb: AnyCmdb;
  try {
    cmdb = await openCmdb(settings.cmdb);
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined;
    return [
      { name: 'CMDB', state: 'failed', text: `cannot be reached: ${cause?.message ?? (error as Error).message}` },
    ];
  }
  try {
    return [await schemaCheck(cmdb), ...(await clockCheck(cmdb)), ...(await snapshotIsolation(cmdb))];
  } catch (error) {
    return [{ name: 'CMDB', state: 'failed', text: (error as Error).message }];
  } finally {
    await cmdb.close();
  }
}

async function schemaCheck(cmdb: AnyCmdb): Promise<Check> {
  const found = await schemaVersion(cmdb);
  const known = readMigrations(cmdb.engine).at(-1)!.version;
  const name = 'CMDB';
  if (found > known)
    return {
      name,
      state: 'failed',
      text: `${cmdb.location} has schema ${found}, newer than this program (${known}): start the newer program`,
    };
  if (found < known)
    return {
      name,
      state: 'warning',
      text: `${cmdb.location} has schema ${found}; the start, or ns migrate, brings it to ${known}`,
    };
  return { name, state: 'ok', text: `${cmdb.location}, schema ${found}` };
}

/** A node whose clock differs from the CMDB's gives out bearers that other nodes refuse. */
async function clockCheck(cmdb: AnyCmdb): Promise<Check[]> {
  if (cmdb.engine === 'sqlite') {
    const sane = Date.now() > Date.UTC(2026, 0, 1);
    return [
      {
        name: 'clock',
        state: sane ? 'ok' : 'failed',
        text: sane ? new Date().toISOString() : 'the clock is before this program was made',
      },
    ];
  }
  const { rows } = await sql<{ now: string }>`SELECT SYSUTCDATETIME() AS now`.execute(cmdb.db);
  const seconds = Math.round(Math.abs(Date.now() - Date.parse(rows[0]!.now)) / 1000);
  return [
    {
      name: 'clock',
      state: seconds <= 30 ? 'ok' : 'failed',
      text: `differs from the CMDB's by ${seconds} s, 30 s allowed`,
    },
  ];
}

async function snapshotIsolation(cmdb: AnyCmdb): Promise<Check[]> {
  if (cmdb.engine === 'sqlite') return [];
  try {
    const { rows } = await sql<{
      isOn: number;
    }>`SELECT CAST(is_read_committed_snapshot_on AS int) AS isOn FROM sys.databases WHERE name = DB_NAME()`.execute(
      cmdb.db,
    );
    const isOn = Number(rows[0]?.isOn ?? 0) === 1;
    return [
      {
        name: 'isolation',
        state: isOn ? 'ok' : 'warning',
        text: isOn
          ? 'READ_COMMITTED_SNAPSHOT is on'
          : 'ALTER DATABASE … SET READ_COMMITTED_SNAPSHOT ON keeps readers from waiting for writers',
      },
    ];
  } catch {
    return [{ name: 'isolation', state: 'warning', text: 'READ_COMMITTED_SNAPSHOT could not be read' }];
  }
}

function certificateDays(settings: Settings): Check {
  const name = 'certificate';
  if (settings.httpsPort === 0) return { name, state: 'ok', text: 'not needed: HTTPS is off' };
  if (settings.tlsPfxFile !== '')
    return { name, state: existsSync(settings.tlsPfxFile) ? 'ok' : 'failed', text: settings.tlsPfxFile };
  const path = settings.tlsCertFile === '' ? join(settings.dataDir, 'tls', 'server.crt') : settings.tlsCertFile;
  if (!existsSync(path)) {
    return settings.tlsCertFile === ''
      ? { name, state: 'ok', text: 'a self-signed one is made at the first start' }
      : { name, state: 'failed', text: `${path} is missing` };
  }
  const { validTo } = new X509Certificate(readFileSync(path));
  const days = Math.floor((Date.parse(validTo) - Date.now()) / (24 * 3600_000));
  return {
    name,
    state: days < 0 ? 'failed' : days < 30 ? 'warning' : 'ok',
    text: `${days === 1 ? '1 day' : `${days} days`} left`,
  };
}

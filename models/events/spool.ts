/** Bodies too large to hold in memory: one file each in `<dataDir>/spool/`, on disk before its row is written. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../protocolErrors.ts';

export const spoolFolder = (dataDir: string): string => join(dataDir, 'spool');

/** Names of spool files: nothing else is ever read or removed. */
const NAME = /^[0-9a-f-]{36}\.xml$/;

/**
 * Writes a body to a file of its own and syncs file and folder. Answers the file's name in the folder and its size. A
 * name that is given must be a GUID with `.xml`, and must not be there.
 * What the body's stream throws goes through; no file stays then.
 * @throws ProtocolError tooLarge (more than `limit` bytes), unavailable (the disk does not take it)
 */
export async function spoolBody(
  folder: string,
  body: AsyncIterable<Uint8Array>,
  limit: number,
  file = `${randomUUID()}.xml`,
): Promise<{ file: string; size: number }> {
  const path = join(folder, file);
  try {
    await onDisk(mkdir(folder, { recursive: true, mode: 0o750 }));
    const size = await writeSynced(path, body, limit);
    await onDisk(syncFolder(folder));
    return { file, size };
  } catch (error) {
    await rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeSynced(path: string, body: AsyncIterable<Uint8Array>, limit: number): Promise<number> {
  const handle = await onDisk(open(path, 'wx', 0o640));
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) refuse('tooLarge', `more than ${limit} bytes after decoding`);
      await onDisk(handle.writeFile(chunk));
    }
    await onDisk(handle.sync());
  } finally {
    await handle.close();
  }
  return size;
}

async function onDisk<T>(operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    refuse('unavailable', 'the spool folder does not take a body', error);
  }
}

/** A file's name is only as durable as the folder that holds it. Windows cannot sync a folder, and need not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function removeSpoolFile(folder: string, file: string): Promise<void> {
  if (NAME.test(file)) await rm(join(folder, file), { force: true });
}

/** Removes files that no row knows: their body was never accepted, the process died between file and row. */
export async function removeOrphans(folder: string, known: ReadonlySet<string>): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const orphans = files.filter((file) => NAME.test(file) && !known.has(file));
  for (const file of orphans) await removeSpoolFile(folder, file);
  return orphans.length;
}

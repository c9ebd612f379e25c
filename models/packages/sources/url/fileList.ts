/**
 * Lists of files as servers have them:
 *
 * - `SHA256SUMS`, as sha256sum writes it: a hash, two blanks or a blank and an asterisk, a path; or, as BSD's sha256
 *   does, `SHA256 (path) = hash`.
 * - `files.json`: `{ "files": [ { "path": "bin/setup", "sha256": "…", "size": 1234, "executable": true },
 *   { "path": "logs", "folder": true } ] }`. Only the path is needed; without a hash the server is asked about each file.
 */
import { z } from 'zod';
import { SourceProblem } from '../source.ts';
import { ArrivingNames } from './arrivingNames.ts';

export interface ListedFile {
  /** Below the list's folder; checked. */
  path: string;
  /** Lower-case hex; empty when the list does not say it. */
  sha256: string;
  /** Bytes, when the list says so. */
  size: number | undefined;
  executable: boolean;
  /** An empty folder. */
  folder: boolean;
}

export const LONGEST_LIST = 32 * 1024 * 1024;

const hash = z
  .string()
  .regex(/^[0-9a-f]{64}$/i)
  .transform((text) => text.toLowerCase());
const json = z.object({
  files: z.array(
    z.object({
      path: z.string().min(1),
      sha256: hash.default(''),
      size: z.int().min(0).optional(),
      executable: z.boolean().default(false),
      folder: z.boolean().default(false),
    }),
  ),
});

/** @throws SourceProblem */
export function parseFileList(text: string): ListedFile[] {
  const listed = /^\s*\{/.test(text) ? parseJson(text) : parseSums(text);
  const names = new ArrivingNames();
  return listed
    .map((file) => ({ ...file, path: names.add(file.path, file.folder) }))
    .filter((file) => file.path !== '' || refuse('The list names a file without a name.'));
}

function parseJson(text: string): ListedFile[] {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    refuse('The list of files is not valid JSON.', error);
  }
  const read = json.safeParse(content);
  if (read.success) return read.data.files.map((file) => ({ ...file, size: file.size }));
  const [issue] = read.error.issues;
  return refuse(`The list of files is wrong at ${issue?.path.join('.') ?? 'its beginning'}.`);
}

const GNU = /^([0-9a-f]{64}) [ *](.+)$/i;
const BSD = /^SHA256 \((.+)\) = ([0-9a-f]{64})$/i;

function parseSums(text: string): ListedFile[] {
  const files: ListedFile[] = [];
  for (const [index, given] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = given.replace(/\r$/, '');
    if (line.trim() === '' || line.startsWith('#')) continue;
    const gnu = GNU.exec(line);
    const bsd = gnu === null ? BSD.exec(line) : null;
    const [sha256, path] = gnu === null ? [bsd?.[2], bsd?.[1]] : [gnu[1], gnu[2]];
    if (sha256 === undefined || path === undefined) refuse(unreadable(text, index + 1));
    files.push({ path, sha256: sha256.toLowerCase(), size: undefined, executable: false, folder: false });
  }
  return files;
}

function unreadable(text: string, line: number): string {
  const isPage = /^\s*</.test(text);
  const what = isPage ? 'The address brings a web page' : `Line ${line} of what the address brings is none of a list`;
  return `${what}: neither a list of files (SHA256SUMS or files.json) nor an archive (zip, tar, tar.gz).`;
}

function refuse(message: string, cause?: unknown): never {
  throw new SourceProblem('failed', message, { cause });
}

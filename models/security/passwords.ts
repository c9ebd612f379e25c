/**
 * Passwords of console users: Argon2id, kept as a PHC string that names its own cost, so that the cost can be raised and
 * older hashes are renewed at the next sign-in.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { refuse } from '../protocolErrors.ts';

interface Cost {
  /** KiB. */
  memory: number;
  passes: number;
  parallelism: number;
}

/** OWASP's least for Argon2id: 19 MiB, 2 passes, 1 lane. */
const COST: Cost = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const TAG_LENGTH = 32;
const SALT_LENGTH = 16;
const FORM = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

// Each hash holds a thread of the pool and 19 MiB: more at once would let a flood of sign-ins starve file and DNS work.
const AT_ONCE = 2;
const MOST_WAITING = 64;
let running = 0;
const waiting: (() => void)[] = [];

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) {
    if (waiting.length >= MOST_WAITING) refuse('serverBusy', 'too many passwords are being checked at once');
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running++;
  }
  try {
    return await work();
  } finally {
    // The place is handed to the next in line without being given up in between.
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

function derive(password: string, salt: Buffer, cost: Cost, tagLength: number): Promise<Buffer> {
  // NFKC: the same password typed on another system's keyboard must be the same bytes.
  const parameters = { message: password.normalize('NFKC'), nonce: salt, tagLength, ...cost };
  return oneOfFew(
    () =>
      new Promise((resolve, reject) => {
        argon2('argon2id', parameters, (error, key) => (error === null ? resolve(key) : reject(error)));
      }),
  );
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Hashes a password for keeping. @throws ProtocolError serverBusy */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const key = await derive(password, salt, COST, TAG_LENGTH);
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(salt)}$${unpadded(key)}`;
}

/** True when the password is the one that was hashed; false, too, for a hash of unknown form. @throws ProtocolError serverBusy */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const match = FORM.exec(hash);
  if (match === null) return false;
  const [, memory, passes, parallelism, salt, key] = match;
  const expected = Buffer.from(key!, 'base64');
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const actual = await derive(password, Buffer.from(salt!, 'base64'), cost, expected.length);
  return timingSafeEqual(actual, expected);
}

/** True when a hash was made at another cost than today's. */
export function needsRehash(hash: string): boolean {
  const match = FORM.exec(hash);
  return (
    match === null ||
    Number(match[1]) !== COST.memory ||
    Number(match[2]) !== COST.passes ||
    Number(match[3]) !== COST.parallelism
  );
}

let unknownUsersHash: Promise<string> | undefined;

/** Spends what checking a real password costs, so that the time of the answer does not tell which users exist. */
export async function verifyNothing(password: string): Promise<void> {
  unknownUsersHash ??= hashPassword(randomBytes(16).toString('hex'));
  await verifyPassword(password, await unknownUsersHash);
}

/** A password to hand out once: 20 characters that cannot be mistaken for one another, about 98 bits. */
export function randomPassword(): string {
  const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
  let password = '';
  while (password.length < 20) {
    for (const byte of randomBytes(32)) {
      // Bytes past the last whole multiple would favour the first letters.
      if (byte < 248 && password.length < 20) password += alphabet[byte % alphabet.length]!;
    }
  }
  return password.replace(/(.{5})(?=.)/g, '$1-');
}

export const LEAST_PASSWORD_LENGTH = 10;
const MOST_PASSWORD_LENGTH = 256;

/** What is wrong with a new password, as a sentence; undefined when it will do. */
export function passwordFault(password: string, userName: string): string | undefined {
  if (password.length < LEAST_PASSWORD_LENGTH) return `Use at least ${LEAST_PASSWORD_LENGTH} characters.`;
  if (password.length > MOST_PASSWORD_LENGTH) return `Use at most ${MOST_PASSWORD_LENGTH} characters.`;
  if (userName.length > 2 && password.toLowerCase().includes(userName.toLowerCase())) {
    return 'The password must not contain the user name.';
  }
  if (new Set(password).size < 4) return 'Use more than a few different characters.';
  return undefined;
}

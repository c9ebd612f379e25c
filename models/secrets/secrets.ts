/**
 * Keys that all nodes share: they lie in the CMDB, wrapped (AES-256-GCM) by a master key that lies outside it, so that a
 * stolen database alone signs nothing and reads no session. A backup takes both.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKeyBlob } from '../../wire/proof.ts';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';

export interface ServerSecrets {
  /** Signs snapshot manifests; its public part is `nsKey` and `sourceKey` on the wire. */
  signingKey: KeyObject;
  signingKeyName: string;
  /** Base64 SPKI. */
  publicKeyBlob: string;
  /** 32 bytes: HMAC of agents' bearers, challenges and download tokens. */
  tokenKey: Buffer;
  /** 32 bytes, hex: signs the console's session cookie. */
  cookieSecret: string;
}

export class MasterKeyError extends Error {
  override name = 'MasterKeyError';
}

/** The master key from the setting, or from `master.key` in the data folder, which is made (mode 0600) when missing. */
export function loadMasterKey(setting: string, dataDir: string): Buffer {
  const path = join(dataDir, 'master.key');
  let text = setting;
  if (text === '') {
    if (!existsSync(path)) {
      try {
        writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        // Another process of the same data folder was first: its key is as good.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
    text = readFileSync(path, 'utf8');
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new MasterKeyError('the master key must be base64 of 32 bytes');
  return key;
}

function wrap(master: Buffer, name: string, secret: Buffer): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', master, iv).setAAD(Buffer.from(name));
  const sealed = Buffer.concat([cipher.update(secret), cipher.final()]);
  return `v1.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64')}`;
}

function unwrap(master: Buffer, name: string, wrapped: string): Buffer {
  const bytes = Buffer.from(wrapped.replace(/^v1\./, ''), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, bytes.subarray(0, 12)).setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
  } catch {
    throw new MasterKeyError(
      `the master key does not open "${name}" in the CMDB: use the master key that this CMDB was made with (NS_MASTER_KEY, or master.key from the backup)`,
    );
  }
}

/** Reads the shared keys, making them on the first start. @throws MasterKeyError */
export async function loadSecrets(cmdb: Cmdb, master: Buffer, clock: Clock): Promise<ServerSecrets> {
  const secret = async (name: string, make: () => Buffer): Promise<Buffer> => {
    const read = () => cmdb.db.selectFrom('Secret').select('Wrapped').where('Name', '=', name).executeTakeFirst();
    let row = await read();
    if (row === undefined) {
      const wrapped = wrap(master, name, make());
      await cmdb.transaction((session) =>
        insertIfMissing(session, 'Secret', ['Name'], {
          Name: name,
          Wrapped: wrapped,
          PublicPart: null,
          CreatedAt: utc(clock.now()),
          RetiredAt: null,
        }),
      );
      // Read back: when two nodes start at once, the first one's key is everybody's.
      row = await read();
    }
    return unwrap(master, name, row!.Wrapped);
  };
  const signingKeyName = 'signing:1';
  const signingKey = createPrivateKey({
    key: await secret(signingKeyName, () =>
      generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
    ),
    format: 'der',
    type: 'pkcs8',
  });
  return {
    signingKey,
    signingKeyName,
    publicKeyBlob: writeKeyBlob(createPublicKey(signingKey)),
    tokenKey: await secret('token:1', () => randomBytes(32)),
    cookieSecret: (await secret('cookie:1', () => randomBytes(32))).toString('hex'),
  };
}

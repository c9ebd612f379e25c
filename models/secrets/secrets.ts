/**
 * Keys that all nodes share: they lie in the CMDB, wrapped by a master key that lies outside it, so that a stolen
 * database alone signs nothing and reads no session. A backup takes both.
 */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { utc, type Clock } from '../clock.ts';
import { insertIfMissing } from '../cmdb/sql.ts';
import type { Cmdb } from '../cmdb/types.ts';
import { FIRST_KEY } from '../signingKeys/keyState.ts';
import { SigningKeys } from '../signingKeys/signingKeys.ts';
import { MasterKeyError, unwrap, wrap } from './wrapping.ts';

export { MasterKeyError } from './wrapping.ts';

export interface ServerSecrets {
  readonly signingKeys: SigningKeys;
  /** Signs snapshot manifests; its public part is `nsKey` and `sourceKey` on the wire. The one that is current now. */
  readonly signingKey: KeyObject;
  readonly signingKeyName: string;
  /** Base64 SPKI. */
  readonly publicKeyBlob: string;
  /** 32 bytes: HMAC of agents' bearers, challenges and download tokens. */
  readonly tokenKey: Buffer;
  /** 32 bytes, hex: signs the console's session cookie. */
  readonly cookieSecret: string;
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

/** Reads the shared keys, making them on the first start. @throws MasterKeyError */
export async function loadSecrets(cmdb: Cmdb, master: Buffer, clock: Clock): Promise<ServerSecrets> {
  const wrapped = async (name: string, make: () => Buffer): Promise<string> => {
    const read = () => cmdb.db.selectFrom('Secret').select('Wrapped').where('Name', '=', name).executeTakeFirst();
    let row = await read();
    if (row === undefined) {
      const fresh = wrap(master, name, make());
      await cmdb.transaction((session) =>
        insertIfMissing(session, 'Secret', ['Name'], {
          Name: name,
          Wrapped: fresh,
          PublicPart: null,
          CreatedAt: utc(clock.now()),
          RetiredAt: null,
        }),
      );
      // Read back: when two nodes start at once, the first one's key is everybody's.
      row = await read();
    }
    return row!.Wrapped;
  };
  const secret = async (name: string): Promise<Buffer> =>
    unwrap(master, name, await wrapped(name, () => randomBytes(32)));
  await wrapped(FIRST_KEY, () => generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }));
  const signingKeys = await SigningKeys.load(cmdb, master);
  return {
    signingKeys,
    get signingKey() {
      return signingKeys.current.privateKey;
    },
    get signingKeyName() {
      return signingKeys.current.name;
    },
    get publicKeyBlob() {
      return signingKeys.current.blob;
    },
    tokenKey: await secret('token:1'),
    cookieSecret: (await secret('cookie:1')).toString('hex'),
  };
}

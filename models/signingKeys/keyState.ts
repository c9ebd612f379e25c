/** The signing keys as the CMDB has them, believed only as far as they prove genuine under the master key. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { writeKeyBlob } from '../../wire/proof.ts';
import { followStatements, readStatementText, type KeyStatement } from '../../wire/signingKeys.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { Session } from '../cmdb/types.ts';
import { MasterKeyError, unwrap } from '../secrets/wrapping.ts';

/** The key that signs before there is any statement. */
export const FIRST_KEY = 'signing:1';

export interface KnownKey {
  name: string;
  /** Base64 SPKI. */
  blob: string;
  madeAt: Utc;
}

export interface KeyState {
  current: KnownKey & { privateKey: KeyObject };
  /** Every key there ever was, oldest first. */
  keys: KnownKey[];
  /** In order of their numbers. */
  statements: (KeyStatement & { madeAt: Utc })[];
}

/** @throws MasterKeyError when the master key does not fit, or what the CMDB says was not signed by the keys it has */
export async function readKeyState(session: Session, master: Buffer): Promise<KeyState> {
  const { secrets, rows } = await readRows(session);
  const privateKeys = new Map<string, KeyObject>();
  const keys = secrets.map(({ Name, Wrapped, PublicPart, CreatedAt }): KnownKey => {
    if (Wrapped === '') return { name: Name, blob: PublicPart ?? '', madeAt: CreatedAt };
    const privateKey = createPrivateKey({ key: unwrap(master, Name, Wrapped), format: 'der', type: 'pkcs8' });
    privateKeys.set(Name, privateKey);
    return { name: Name, blob: writeKeyBlob(createPublicKey(privateKey)), madeAt: CreatedAt };
  });
  keys.sort((a, b) => numberOf(a.name) - numberOf(b.name));
  const name = rows.at(-1)?.KeyName ?? FIRST_KEY;
  const current = keys.find((key) => key.name === name);
  const privateKey = privateKeys.get(name);
  if (current === undefined || privateKey === undefined)
    throw new MasterKeyError(`the CMDB has no signing key "${name}"`);
  const statements = rows.map(({ Text, Signature, Endorsement, MadeAt }) => ({
    ...readStatementText(Text),
    signature: Signature,
    endorsement: Endorsement,
    madeAt: MadeAt,
  }));
  const state = { current: { ...current, privateKey }, keys, statements };
  prove(state);
  return state;
}

/** Keys and statements that belong together: a key comes with a statement, which may be made between two readings. */
async function readRows({ db }: Session) {
  const statements = () => db.selectFrom('SigningStatement').selectAll().orderBy('Number').execute();
  for (let rows = await statements(); ;) {
    const secrets = await db.selectFrom('Secret').selectAll().where('Name', 'like', 'signing:%').execute();
    const again = await statements();
    if (again.at(-1)?.Number === rows.at(-1)?.Number) return { secrets, rows };
    rows = again;
  }
}

/**
 * Only the newest statement can be proved: its key is the one that the master key has opened. It vouches for all earlier
 * keys. Whoever can write into the CMDB could otherwise bring in a key of his own.
 */
function prove({ current, keys, statements }: KeyState): void {
  const last = statements.at(-1);
  const vouched = new Set([current.blob, ...(last?.former ?? []).map(({ key }) => key)]);
  try {
    const isAll = keys.every(({ blob }) => vouched.has(blob));
    if (!isAll) throw new Error('a key is not vouched for');
    if (last !== undefined) followStatements({ number: 0, key: current.blob, former: [] }, [last]);
  } catch {
    throw new MasterKeyError(
      'what the CMDB says about signing keys was not signed by the key it names: restore the CMDB from a backup',
    );
  }
}

export const numberOf = (name: string): number => Number(name.split(':')[1]);

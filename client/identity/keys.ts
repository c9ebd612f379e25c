/** The agent's own key pair: made once, never leaves the state folder. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { writeKeyBlob } from '../../wire/proof.ts';
import { readIfThere, writeAtomically } from '../base/files.ts';

export interface AgentKey {
  privateKey: KeyObject;
  /** The public half as the wire carries it: `policyKey`. */
  blob: string;
}

/** Reads the key, or makes one when there is none. A file that cannot be read stops the agent: a new key would look like a thief's. */
export function loadKey(stateFolder: string): AgentKey {
  const path = join(stateFolder, 'agent.key');
  const pem = readIfThere(path);
  if (pem === undefined) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writeAtomically(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), 0o600);
    return withBlob(privateKey);
  }
  return withBlob(createPrivateKey(pem));
}

function withBlob(privateKey: KeyObject): AgentKey {
  return { privateKey, blob: writeKeyBlob(createPublicKey(privateKey)) };
}

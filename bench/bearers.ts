/** Agents with keys of their own: what the open agent is, beside the original ones that are known by GUID. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { keyHashOf } from '../models/agents/keys.ts';
import { braces, type Guid } from '../wire/guid.ts';
import { PAGE, SMA_ID } from '../wire/paths.ts';
import { proofText, writeKeyBlob } from '../wire/proof.ts';
import { xml } from '../wire/xml.ts';
import type { Server } from './server.ts';

/** Pins a new key to some seeded computers, before the server starts. They share it: what is measured is its bearer. */
export function giveKey(dataDir: string, computers: readonly Guid[]): KeyObject {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const blob = writeKeyBlob(publicKey);
  const database = new DatabaseSync(join(dataDir, 'cmdb.sqlite'));
  const update = database.prepare(
    "UPDATE AgentRegistration SET PolicyKey = ?, KeyHash = ?, IsKeyOpaque = 0 WHERE ResourceGuid = ? AND State = 'allowed'",
  );
  for (const computer of computers) update.run(blob, keyHashOf(blob), computer);
  database.close();
  return privateKey;
}

/** Proves the key as an agent does; answers the bearer that it then sends with each request. */
export async function authorize(server: Server, computer: Guid, key: KeyObject, serverKey: string): Promise<string> {
  const url = server.url + PAGE.authenticate;
  const headers = { [SMA_ID]: computer };
  const challenge = attribute(await (await fetch(url, { headers })).text(), 'value');
  const signature = sign(null, proofText(computer, challenge, serverKey), key).toString('base64');
  const proof = xml`<proof guid="${braces(computer)}" challenge="${challenge}" signature="${signature}"/>`.text;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/xml' },
    body: proof,
  });
  return attribute(await answer.text(), 'token');
}

function attribute(text: string, name: string): string {
  const match = new RegExp(` ${name}="([^"]+)"`).exec(text);
  if (match === null) throw new Error(`no ${name} in ${text.slice(0, 300)}`);
  return match[1]!;
}

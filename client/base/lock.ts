/** One agent a state folder: two would run a program twice. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class StateInUse extends Error {
  override name = 'StateInUse';
  constructor(folder: string) {
    super(`Another agent is using the state folder ${folder}.`);
  }
}

/**
 * Takes the folder's lock; answers the function that gives it back. An open exclusive transaction of SQLite is a lock
 * of the operating system on all three platforms: it ends with the process, so it cannot be left behind by a crash.
 * @throws StateInUse
 */
export function lockState(folder: string): () => void {
  const database = new DatabaseSync(join(folder, 'agent.lock'));
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (/locked/.test((error as Error).message)) throw new StateInUse(folder);
    throw error;
  }
  return () => database.close();
}

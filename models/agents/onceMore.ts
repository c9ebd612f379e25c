import { isUniqueViolation } from '../cmdb/sql.ts';

const ATTEMPTS = 3;

/** What a transaction had looked at was changed by another before it could act. */
export class Overtaken extends Error {
  override name = 'Overtaken';
}

/**
 * Runs a transaction again when a unique index stopped it, or when it found itself overtaken: two nodes acted on one
 * computer at once, and the loser has to look at what the winner left. SQLite takes such transactions one after the other and never needs it.
 */
export async function onceMore<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction();
    } catch (error) {
      if (!(isUniqueViolation(error) || error instanceof Overtaken) || attempt === ATTEMPTS) throw error;
    }
  }
}

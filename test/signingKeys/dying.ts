/** A process that dies by kill -9 in the middle of a change of keys: `dying.ts <address> <master key> change|sweep`. */
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { loadSecrets } from '../../models/secrets/secrets.ts';
import { rotateSigningKey } from '../../models/signingKeys/changeKeys.ts';
import { resignSnapshots } from '../../models/signingKeys/resignSnapshots.ts';

const [, , address, master, what] = process.argv;
const clock = systemClock;
const cmdb = await openCmdb(address!);
const { signingKeys: keys } = await loadSecrets(cmdb, Buffer.from(master!, 'base64'), clock);
const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
};
const dying: Cmdb = {
  engine: cmdb.engine,
  db: cmdb.db,
  location: cmdb.location,
  insertMany: (table, rows) => cmdb.insertMany(table, rows),
  close: () => cmdb.close(),
  transaction: async (work, options) => {
    // Everything is written, nothing is committed.
    if (what === 'change') return cmdb.transaction((session) => work(session).then(die), options);
    await cmdb.transaction(work, options);
    return die();
  },
};
if (what === 'sweep') await rotateSigningKey({ cmdb, clock, keys }, { name: 'test', address: '' });
if (what === 'sweep') await resignSnapshots({ cmdb: dying, clock, keys });
else await rotateSigningKey({ cmdb: dying, clock, keys }, { name: 'test', address: '' });

/** `cleaner.ts <cmdb> <data folder>`: removes old versions and what nothing refers to; the crash test kills it. */
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { collectGarbage } from '../../models/packages/snapshot/collectGarbage.ts';
import { ObjectStore, storeFolder } from '../../models/packages/snapshot/objectStore.ts';
import { removeOldSnapshots } from '../../models/packages/snapshot/removeOldSnapshots.ts';

const [address, dataDir] = process.argv.slice(2) as [string, string];
const cmdb = await openCmdb(address);
process.stdout.write('.');
await removeOldSnapshots(cmdb, systemClock, { retentionHours: 1, neededDays: 0 });
await collectGarbage(cmdb, systemClock, new ObjectStore(storeFolder(dataDir)));
await cmdb.close();

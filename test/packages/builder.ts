/** `builder.ts <cmdb> <data folder> <package>`: refreshes a package; the crash test kills it. */
import type { Guid } from '../../wire/guid.ts';
import { systemClock } from '../../models/clock.ts';
import { openCmdb } from '../../models/cmdb/open.ts';
import { refreshPackage } from '../../models/packages/refreshPackage.ts';
import { refreshDeps } from './support.ts';

const [address, dataDir, guid] = process.argv.slice(2) as [string, string, Guid];
const cmdb = await openCmdb(address);
// Its lease has run out for the test, whose clock is five minutes ahead of this one.
const clock = { now: () => systemClock.now() + 300_000 };
const onProgress = (): void => void process.stdout.write('.');
await refreshPackage(refreshDeps(cmdb, clock, dataDir), guid, { onProgress });
await cmdb.close();

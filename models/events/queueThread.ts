/** Entry of the queue's thread. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import type { FromQueue, QueueThreadData, ToQueue } from './queueMessages.ts';
import { QueueServer } from './queueServer.ts';
import type { QueueStore } from './queueStore.ts';
import { removeOrphans, spoolFolder } from './spool.ts';
import { SqliteQueueStore } from './sqliteQueueStore.ts';

const { cmdb, dataDir, limits } = workerData as QueueThreadData;
const main = parentPort!;
const post = (message: FromQueue): void => main.postMessage(message);

async function openStore(): Promise<QueueStore> {
  if (cmdb === undefined) return SqliteQueueStore.open(dataDir, systemClock.now);
  // Loaded only where it is used: the query builder costs memory and time that the embedded queue does not need.
  const [{ openCmdb }, { CmdbQueueStore }] = await Promise.all([
    import('../cmdb/open.ts'),
    import('./cmdbQueueStore.ts'),
  ]);
  // Bodies go into rows here: files are of requests that a former process did not finish.
  await removeOrphans(spoolFolder(dataDir), new Set());
  return new CmdbQueueStore(await openCmdb(cmdb), spoolFolder(dataDir), systemClock.now, limits.sender);
}

try {
  const server = new QueueServer(
    await openStore(),
    { spool: spoolFolder(dataDir), limits, now: systemClock.now },
    post,
  );
  main.on('message', (message: ToQueue) => {
    void server.handle(message).then(() => {
      if (message.op === 'stop') main.close();
    });
  });
  await server.start();
} catch (error) {
  const { message, cause } = error as Error;
  post({ op: 'failed', reason: cause instanceof Error ? cause.message : message });
}

/** Opens the event queue that belongs to a CMDB. */
import type { AnyCmdb } from '../cmdb/open.ts';
import type { EventQueue } from './queue.ts';
import type { LimitChanges } from './queueLimits.ts';
import { ThreadQueue } from './threadQueue.ts';

export interface QueueOptions {
  cmdb: AnyCmdb;
  /** Address of the CMDB with its credentials: the queue's thread opens it anew on SQL Server. */
  cmdbAddress: string;
  dataDir: string;
  limits: LimitChanges;
}

/** SQLite: `queue.sqlite` in the data folder. SQL Server: the table EventQueueEntry, shared by all nodes. */
export function openEventQueue(options: QueueOptions): Promise<EventQueue> {
  const { cmdb, cmdbAddress, dataDir, limits } = options;
  const data = { cmdb: cmdb.engine === 'sqlite' ? undefined : cmdbAddress, dataDir };
  return ThreadQueue.open(data, limits);
}

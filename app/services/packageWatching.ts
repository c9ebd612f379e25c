/**
 * Watches the source folders of packages that ask for it. A thread does; this hands it the list and has packages looked
 * at whose folder has changed. Several nodes may watch the same folder: claims keep them from building twice.
 */
import { refreshChanged } from '../../models/packages/requestRefresh.ts';
import { Thread } from '../../models/packages/snapshot/threadCalls.ts';
import { sourceLimits } from '../../models/packages/sources/sources.ts';
import { listWatched } from '../../models/packages/watching/listWatched.ts';
import type { Changed, WatchData, Watched, WatchMethods } from '../../models/packages/watching/watchThread.ts';
import type { Guid } from '../../wire/guid.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LIST_MS = 2000;
/** Stamps of the folders that are watched, and their names. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };

export function packageWatching({ cmdb, clock, settings, log }: AppContext): Service {
  const changed = new Set<Guid>();
  let thread: Thread<WatchMethods> | undefined;
  let isFailing = false;

  const follow = async (): Promise<void> => {
    const list = await listWatched(cmdb);
    if (thread !== undefined || list.length > 0) await tellThread(list);
    // A package that is being refreshed just now stays here, and is asked for again.
    for (const guid of changed) if (await refreshChanged(cmdb, clock, guid)) changed.delete(guid);
    isFailing = false;
  };

  const tellThread = async (list: readonly Watched[]): Promise<void> => {
    thread ??= start();
    try {
      await thread.call('watch', list);
    } catch (error) {
      // A thread that has ended stays so; the next turn begins another.
      thread = undefined;
      throw error;
    }
  };

  const start = (): Thread<WatchMethods> => {
    const data: WatchData = {
      limits: sourceLimits(settings),
      quietMs: settings.watchQuietSeconds * 1000,
      pollMs: settings.watchPollSeconds * 1000,
    };
    const script = new URL('../../models/packages/watching/watchThread.ts', import.meta.url);
    const onProgress = ({ guid }: Changed): void => void changed.add(guid);
    return new Thread<WatchMethods>(script, data, { onProgress, limits: MEMORY });
  };

  const following = every(LIST_MS, follow, (error) => {
    if (!isFailing) log.error({ err: error }, 'folders of packages cannot be watched');
    isFailing = true;
  });
  return {
    start: () => following.start(),
    stop: async () => {
      await following.stop();
      await thread?.end();
    },
  };
}

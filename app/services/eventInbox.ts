/** Looks into the inbox folder every few seconds (docs/events.md, "Inbox"). */
import { EventInbox } from '../../models/events/inbox/eventInbox.ts';
import { InboxFolders } from '../../models/events/inbox/inboxFolders.ts';
import { spoolFolder } from '../../models/events/spool.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

/** Between two looks a file that is being written changes. Network shares tell of no changes, so there is only looking. */
const LOOK_MS = 2000;

export function eventInbox(context: AppContext): Service {
  const { settings, queue, cmdb, agents, clock, counters, log } = context;
  if (settings.eventInbox === '') return { start: () => undefined, stop: async () => undefined };
  const inbox = new EventInbox({
    folders: new InboxFolders(settings.eventInbox, settings.dataDir),
    queue,
    cmdb,
    agents,
    clock,
    spoolFolder: spoolFolder(settings.dataDir),
    maxBytes: settings.eventMaxBytes,
  });
  let failing = false;
  const work = async (): Promise<void> => {
    const { taken, bad } = await inbox.look();
    failing = false;
    if (taken > 0) {
      counters.add('eventsAccepted', taken);
      log.info({ files: taken }, 'event files were taken up');
    }
    for (const { name, reason } of bad) log.warn({ file: name, reason }, 'an event file was put aside');
  };
  return every(LOOK_MS, work, (error) => {
    // A share that is away is told of once.
    if (!failing) log.error({ err: error, folder: settings.eventInbox }, 'the inbox folder cannot be read');
    failing = true;
  });
}

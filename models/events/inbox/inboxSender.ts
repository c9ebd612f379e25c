/**
 * Whose event a file holds. A file proves nothing, so it is as good as a legacy agent's word: the computer that it names
 * must be one that the CMDB knows and that nobody has blocked.
 */
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import type { Guid } from '../../../wire/guid.ts';
import type { AgentDirectory } from '../../agents/directory.ts';
import { computerByKeys } from '../../agents/resourceKeys.ts';
import type { Session } from '../../cmdb/types.ts';
import { survivorsOf } from '../../resources/survivors.ts';
import { EventRejected } from '../eventRejected.ts';
import type { Survey } from './survey.ts';

/** @throws EventRejected with a sentence */
export async function inboxSender(
  session: Session,
  agents: Pick<AgentDirectory, 'get'>,
  { guid, keys }: Pick<Survey, 'guid' | 'keys'>,
): Promise<Guid> {
  const found = guid === undefined ? await byKeys(session, keys) : await byGuid(session, guid);
  if (found === undefined)
    throw new EventRejected(
      guid === undefined
        ? 'The event names its computer by neither a GUID nor keys that the CMDB knows.'
        : `The CMDB knows no computer ${guid}.`,
    );
  const entry = agents.get(found);
  if (entry !== undefined && entry.state !== 'allowed')
    throw new EventRejected(`The registration of ${found} is ${entry.state}.`);
  if (entry?.boundAddress !== undefined)
    throw new EventRejected(`Two machines share ${found}; until they are told apart, no file speaks for it.`);
  return found;
}

async function byKeys(session: Session, keys: Survey['keys']): Promise<Guid | undefined> {
  return keys.length === 0 ? undefined : computerByKeys(session, keys);
}

/** A computer that was merged away is the one in its place. */
async function byGuid(session: Session, guid: Guid): Promise<Guid | undefined> {
  const today = (await survivorsOf(session, [guid])).get(guid) ?? guid;
  const row = await session.db
    .selectFrom('Resource')
    .select('Guid')
    .where('Guid', '=', today)
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null)
    .executeTakeFirst();
  return row?.Guid;
}

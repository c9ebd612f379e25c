/**
 * Saved views: a list's search, filters, order and columns under a name, each user's own. They are a convenience of one
 * person and change nothing for anybody else, so they are settings and not in the audit log.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readSetting, writeSetting } from '../settings/settingStore.ts';

export interface SavedView {
  name: string;
  /** The list's parameters as a query string. */
  query: string;
}

export interface ViewOwner {
  guid: Guid;
  name: string;
}

const MOST_VIEWS = 30;
const LONGEST_NAME = 60;
const LONGEST_QUERY = 2000;
/** Short enough for a setting's name; a list inside one object's page has the object's GUID in its path, and no views. */
const LIST_PATH = /^\/[a-z/-]{1,48}$/i;

export const hasViews = (list: string): boolean => LIST_PATH.test(list);

const settingName = (owner: ViewOwner, list: string): string => `views.${owner.guid}.${list}`;

/** A user's views of a list, by name. @param list console path, for example `/computers` */
export async function savedViews(session: Session, owner: ViewOwner, list: string): Promise<SavedView[]> {
  const text = await readSetting(session, settingName(owner, list));
  return text === undefined ? [] : (JSON.parse(text) as SavedView[]);
}

/** Keeps a view; one of the same name is replaced. @throws InvalidInput */
export async function saveView(
  cmdb: Cmdb,
  clock: Clock,
  owner: ViewOwner,
  list: string,
  view: SavedView,
): Promise<void> {
  const name = view.name.trim();
  if (name === '' || name.length > LONGEST_NAME) refuse(`Give the view a name of 1 to ${LONGEST_NAME} characters.`);
  if (!hasViews(list) || view.query.length > LONGEST_QUERY) refuse('This list cannot be kept as a view.');
  await change(cmdb, clock, owner, list, (views) => {
    const others = views.filter((other) => other.name !== name);
    if (others.length >= MOST_VIEWS) refuse(`There are ${MOST_VIEWS} views of this list already: delete one first.`);
    return [...others, { name, query: view.query }].sort((one, other) => one.name.localeCompare(other.name));
  });
}

/** Forgets a view; nothing happens when there is none of the name. */
export async function deleteView(
  cmdb: Cmdb,
  clock: Clock,
  owner: ViewOwner,
  list: string,
  name: string,
): Promise<void> {
  if (!hasViews(list)) return;
  await change(cmdb, clock, owner, list, (views) => views.filter((view) => view.name !== name));
}

function refuse(message: string): never {
  throw new InvalidInput([{ field: 'name', message }]);
}

function change(
  cmdb: Cmdb,
  clock: Clock,
  owner: ViewOwner,
  list: string,
  edit: (views: SavedView[]) => SavedView[],
): Promise<void> {
  return cmdb.transaction(async (session) => {
    const views = edit(await savedViews(session, owner, list));
    await writeSetting(session, clock, settingName(owner, list), JSON.stringify(views), owner.name);
  });
}

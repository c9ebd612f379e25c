/** What an entry of the audit log says has changed, field by field. */
import type { Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { guidsIn, isGuid, isNamedThing, namedThingsIn, namesOf } from './names.ts';

export interface AuditChange {
  field: string;
  /** As text; null where the record says nothing. */
  before: string | null;
  after: string | null;
  changed: boolean;
}

export interface AuditDetail {
  changes: AuditChange[];
  /** Names of the GUIDs in the changes, as far as they are known. */
  names: ReadonlyMap<Guid, string>;
}

/** What a row keeps, as JSON. */
interface KeptDetail {
  before?: unknown;
  after?: unknown;
  /** By GUID, as they were called then; rows from before this was kept have none. */
  names?: Record<Guid, string>;
}

interface AuditedRow {
  ObjectGuid: Guid | null;
  ObjectName: string;
  Detail: string | null;
}

/** The details of rows of the log, in their order; each is without changes when its row tells no more than who and when. */
export async function readDetails(session: Session, rows: readonly AuditedRow[]): Promise<AuditDetail[]> {
  const kept = rows.map(({ Detail }) => (Detail === null ? {} : (JSON.parse(Detail) as KeptDetail)));
  const told = kept.map((detail, index) => namesTold(detail, rows[index]!));
  const guids = kept.map(({ before, after }) => new Set(guidsIn([before, after])));
  const untold = guids.flatMap((some, index) => [...some].filter((guid) => !told[index]!.has(guid)));
  const namesNow = await namesOf(session, untold);
  return kept.map((detail, index) => {
    const names = new Map<Guid, string>();
    for (const guid of guids[index]!) {
      const name = told[index]!.get(guid) ?? namesNow.get(guid);
      if (name !== undefined) names.set(guid, name);
    }
    return { changes: changesOf(detail, rows[index]!.ObjectGuid), names };
  });
}

/** What the row itself tells. */
function namesTold({ before, after, names = {} }: KeptDetail, row: AuditedRow): Map<Guid, string> {
  const told = new Map(Object.entries(names) as [Guid, string][]);
  if (row.ObjectGuid !== null) told.set(row.ObjectGuid, row.ObjectName);
  for (const { guid, name } of namedThingsIn([before, after])) told.set(guid, name);
  return told;
}

/** @param own the object that the entry is about: its own GUID stands in the entry's head and is no change */
function changesOf({ before, after }: KeptDetail, own: Guid | null): AuditChange[] {
  const [old, fresh] = [flattened(before), flattened(after)];
  const keys = new Set([...old.keys(), ...fresh.keys()]);
  const changes = [...keys].map((key) => {
    const [was, is] = [old.get(key), fresh.get(key)];
    const [before, after] = [was?.text ?? null, is?.text ?? null];
    return { field: (was ?? is)!.field, before, after, changed: before !== after };
  });
  const lists = new Set(changes.filter(({ before, after }) => isGuid(before ?? after)).map(({ field }) => field));
  return changes.filter(
    ({ field, before, after }) =>
      !(field === 'guid' && (before ?? after) === own) &&
      // A list that was empty: what came into it says so.
      !(lists.has(field) && [before, after].includes(NO_ENTRIES)),
  );
}

interface Leaf {
  field: string;
  text: string;
}

const NO_ENTRIES = 'none';

/**
 * `schedule.start`, `programs.0.name`: every leaf by its path, so that a change deep inside shows as the one line it is.
 * Lists of GUIDs are compared as the sets they are: one that leaves does not move all that follow.
 */
function flattened(value: unknown, path = ''): Map<string, Leaf> {
  const one = (text: string): Map<string, Leaf> => new Map([[path, { field: path === '' ? 'value' : path, text }]]);
  if (value === undefined) return new Map();
  if (value === null || typeof value !== 'object') return one(textOf(value));
  if (path !== '' && isNamedThing(value)) return one(value.guid);
  const inside = Object.entries(value);
  if (inside.length === 0 && path !== '') return one(Array.isArray(value) ? NO_ENTRIES : '');
  const guids = Array.isArray(value) ? value.map(guidOf) : [];
  if (guids.length > 0 && guids.every((guid) => guid !== undefined)) {
    return new Map(guids.map((guid) => [`${path} ${guid}`, { field: path, text: guid }]));
  }
  return new Map(inside.flatMap(([key, part]) => [...flattened(part, path === '' ? key : `${path}.${key}`)]));
}

const guidOf = (entry: unknown): Guid | undefined =>
  isGuid(entry) ? entry : isNamedThing(entry) ? entry.guid : undefined;

const textOf = (value: unknown): string =>
  value === true ? 'yes' : value === false ? 'no' : value === null ? '' : String(value);

/** The changes as people read them: with names in the place of GUIDs. */
export function inWords({ changes, names }: AuditDetail): AuditChange[] {
  const bearers = Map.groupBy(names, ([, name]) => name);
  const word = (text: string | null): string | null => {
    const name = isGuid(text) ? names.get(text) : undefined;
    // Two computers of one name, for example of a merge, are told apart.
    return name === undefined ? text : bearers.get(name)!.length === 1 ? name : `${name} (${text!.slice(0, 8)})`;
  };
  const said = new Set<string>();
  return changes
    .map(({ field, before, after, changed }) => {
      // `fallbackSiteGuid` is a site now.
      const label = field.replace(/(?<=[a-z])Guid$/, '');
      return { field: label, before: word(before), after: word(after), changed };
    })
    .filter((change) => {
      const line = JSON.stringify(change);
      const isNew = !said.has(line);
      said.add(line);
      return isNew;
    });
}

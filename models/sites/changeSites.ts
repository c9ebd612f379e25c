/** Changes of sites. Each is one transaction with its audit record. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import { insertItem, isNameTaken, touchItem } from '../items/itemStore.ts';
import { settleComputers } from './settleComputers.ts';
import { ownList, removeAssignments } from './assignmentLists.ts';
import { siteInput, type SiteInput } from './siteInput.ts';

/** @throws InvalidInput */
export async function createSite(cmdb: Cmdb, clock: Clock, actor: Actor, input: unknown): Promise<Guid> {
  const fields = readFields(siteInput, input);
  return cmdb.transaction(async (session) => {
    await rejectTakenName(session, fields.name);
    await requireFallbackSite(session, fields);
    const { name, description } = fields;
    const guid = await insertItem(session, clock, actor, { name, description, classGuid: ITEM_CLASS.site });
    await session.db
      .insertInto('Site')
      .values({ Guid: guid, ...columnsOf(fields) })
      .execute();
    await recorded(session, clock, actor, { action: 'create', guid, name: fields.name, after: fields });
    return guid;
  });
}

/** A new site as it can be made, of which nothing is written. @throws InvalidInput */
export async function checkNewSite(session: Session, input: unknown): Promise<SiteInput> {
  const fields = readFields(siteInput, input);
  await rejectTakenName(session, fields.name);
  await requireFallbackSite(session, fields);
  return fields;
}

/** A site as it can be changed, of which nothing is written. @throws InvalidInput */
export async function checkSiteUpdate(session: Session, guid: Guid, input: unknown): Promise<SiteInput> {
  const fields = readFields(siteInput, input);
  await rejectTakenName(session, fields.name, guid);
  await requireFallbackSite(session, fields, guid);
  if (fields.isInternet) await requireNoAddresses(session, guid);
  return fields;
}

/** @throws InvalidInput; false when there is no such site */
export async function updateSite(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid, input: unknown): Promise<boolean> {
  const fields = readFields(siteInput, input);
  return cmdb.transaction(async (session) => {
    const before = await readSite(session, guid);
    if (before === undefined) return false;
    await checkSiteUpdate(session, guid, input);
    const { name, description } = fields;
    await touchItem(session, clock, actor, guid, { name, description });
    await session.db.updateTable('Site').set(columnsOf(fields)).where('Guid', '=', guid).execute();
    await recorded(session, clock, actor, { action: 'update', guid, name: fields.name, before, after: fields });
    return true;
  });
}

/** Deletes a site. Its subnets stay and belong to no site; false when there is no such site. */
export async function deleteSite(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  const isDeleted = await cmdb.transaction(async (session) => {
    const before = await readSite(session, guid);
    if (before === undefined) return false;
    const now = utc(clock.now());
    await session.db
      .updateTable('Subnet')
      .set({ SiteGuid: null, ModifiedAt: now })
      .where('SiteGuid', '=', guid)
      .execute();
    await session.db.updateTable('Computer').set({ SiteGuid: null }).where('SiteGuid', '=', guid).execute();
    await session.db.deleteFrom('PackageServerSite').where('SiteGuid', '=', guid).execute();
    await removeAssignments(session, { kind: 'site', guid });
    await session.db.deleteFrom('PackageDistributionSite').where('SiteGuid', '=', guid).execute();
    await session.db.updateTable('Site').set(NO_FALLBACK_SITE).where('FallbackSiteGuid', '=', guid).execute();
    await session.db.deleteFrom('Site').where('Guid', '=', guid).execute();
    await session.db.deleteFrom('Item').where('Guid', '=', guid).execute();
    await recorded(session, clock, actor, { action: 'delete', guid, name: before.name, before });
    return true;
  });
  if (isDeleted) await settleComputers(cmdb);
  return isDeleted;
}

/** The fields as they can be set, or `undefined` when there is no such site. */
export async function readSite(session: Session, guid: Guid): Promise<SiteInput | undefined> {
  const row = await session.db
    .selectFrom('Site as s')
    .innerJoin('Item as i', 'i.Guid', 's.Guid')
    .select(['i.Name', 'i.Description', 's.IsInternet', 's.Fallback', 's.FallbackSiteGuid', 's.FallbackMinutes'])
    .where('s.Guid', '=', guid)
    .executeTakeFirst();
  return (
    row && {
      name: row.Name,
      description: row.Description,
      isInternet: row.IsInternet === 1,
      fallback: row.Fallback as SiteInput['fallback'],
      fallbackSiteGuid: row.FallbackSiteGuid,
      fallbackMinutes: row.FallbackMinutes,
    }
  );
}

const columnsOf = (fields: SiteInput) => ({
  IsInternet: fields.isInternet ? (1 as const) : (0 as const),
  Fallback: fields.fallback,
  FallbackSiteGuid: fields.fallback === 'site' ? fields.fallbackSiteGuid : null,
  FallbackMinutes: fields.fallbackMinutes,
});

/** Whoever fell back to a site that goes falls back to this server, as a new site does. */
const NO_FALLBACK_SITE = { Fallback: 'server', FallbackSiteGuid: null };

async function rejectTakenName(session: Session, name: string, self?: Guid): Promise<void> {
  if (await isNameTaken(session, ITEM_CLASS.site, name, self)) {
    throw new InvalidInput([{ field: 'name', message: 'There is already a site of this name.' }]);
  }
}

async function requireFallbackSite(
  session: Session,
  { fallback, fallbackSiteGuid }: SiteInput,
  self?: Guid,
): Promise<void> {
  if (fallback !== 'site') return;
  const fail = (message: string): never => {
    throw new InvalidInput([{ field: 'fallbackSiteGuid', message }]);
  };
  if (fallbackSiteGuid === null) return fail('Choose the site to fall back to.');
  if (fallbackSiteGuid === self) return fail('A site cannot fall back to itself: choose another.');
  const found = await session.db
    .selectFrom('Site')
    .select('Guid')
    .where('Guid', '=', fallbackSiteGuid)
    .executeTakeFirst();
  if (found === undefined) fail('There is no such site.');
}

/** "Cloud clients only by target": a network at home may be numbered like one of ours. */
async function requireNoAddresses(session: Session, guid: Guid): Promise<void> {
  const subnet = await session.db.selectFrom('Subnet').select('Guid').where('SiteGuid', '=', guid).executeTakeFirst();
  const list = await ownList(session, { kind: 'site', guid });
  const what = subnet !== undefined ? 'subnets' : list !== undefined ? 'computers that are assigned one by one' : '';
  if (what === '') return;
  const message = `An Internet site takes its computers from targets only: this one has ${what}. Take them out first.`;
  throw new InvalidInput([{ field: 'isInternet', message }]);
}

async function recorded(
  session: Session,
  clock: Clock,
  actor: Actor,
  what: { action: string; guid: Guid; name: string; before?: unknown; after?: unknown },
): Promise<void> {
  const { guid, name, ...detail } = what;
  await recordAudit(session, clock, actor, { objectKind: 'site', objectGuid: guid, objectName: name, ...detail });
  await recordChange(session, clock, 'site', guid);
}

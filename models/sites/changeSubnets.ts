/** Changes of subnets. Each is one transaction with its audit record; computers then take their new sites. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import type { Network } from './address.ts';
import { assignComputers } from './assignComputers.ts';
import { subnetInput, type SubnetInput } from './siteInput.ts';

/** @throws InvalidInput: not a subnet, there already, or no such site */
export async function createSubnet(cmdb: Cmdb, clock: Clock, actor: Actor, input: unknown): Promise<Guid> {
  const fields = readFields(subnetInput, input);
  const guid = await refusingTwins(() => cmdb.transaction((session) => insertSubnet(session, clock, actor, fields)));
  await assignComputers(cmdb);
  return guid;
}

/** Makes all of them or none. @throws InvalidInput as createSubnet, at `<index>.<field>` */
export async function createSubnets(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  inputs: readonly unknown[],
): Promise<Guid[]> {
  const guids = await refusingTwins(() =>
    cmdb.transaction(async (session) => {
      const made: Guid[] = [];
      const errors: FieldError[] = [];
      for (const [index, input] of inputs.entries()) {
        try {
          made.push(await insertSubnet(session, clock, actor, readFields(subnetInput, input)));
        } catch (error) {
          if (!(error instanceof InvalidInput)) throw error;
          errors.push(...error.errors.map(({ field, message }) => ({ field: `${index}.${field}`, message })));
        }
      }
      if (errors.length > 0) throw new InvalidInput(errors);
      return made;
    }),
  );
  if (guids.length > 0) await assignComputers(cmdb);
  return guids;
}

async function insertSubnet(session: Session, clock: Clock, actor: Actor, fields: SubnetInput): Promise<Guid> {
  const guid = newGuid();
  await rejectTwin(session, fields.subnet, undefined);
  await rejectUnknownSite(session, fields.siteGuid);
  await session.db
    .insertInto('Subnet')
    .values({
      Guid: guid,
      Network: fields.subnet.network,
      PrefixLength: fields.subnet.prefixLength,
      Name: fields.name,
      SiteGuid: fields.siteGuid,
      Source: 'manual',
      ModifiedAt: utc(clock.now()),
    })
    .execute();
  const after = await readSubnet(session, guid);
  await recorded(session, clock, actor, { action: 'create', guid, name: after!.subnet, after });
  return guid;
}

/** @throws InvalidInput as createSubnet; false when there is no such subnet */
export async function updateSubnet(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
): Promise<boolean> {
  const fields = readFields(subnetInput, input);
  const isUpdated = await refusingTwins(() =>
    cmdb.transaction(async (session) => {
      const before = await readSubnet(session, guid);
      if (before === undefined) return false;
      await rejectTwin(session, fields.subnet, guid);
      await rejectUnknownSite(session, fields.siteGuid);
      await session.db
        .updateTable('Subnet')
        .set({
          Network: fields.subnet.network,
          PrefixLength: fields.subnet.prefixLength,
          Name: fields.name,
          SiteGuid: fields.siteGuid,
          ModifiedAt: utc(clock.now()),
        })
        .where('Guid', '=', guid)
        .execute();
      const after = await readSubnet(session, guid);
      await recorded(session, clock, actor, { action: 'update', guid, name: after!.subnet, before, after });
      return true;
    }),
  );
  if (isUpdated) await assignComputers(cmdb);
  return isUpdated;
}

/** Deletes subnets; answers how many there were. */
export async function deleteSubnets(cmdb: Cmdb, clock: Clock, actor: Actor, guids: readonly Guid[]): Promise<number> {
  const deleted = await cmdb.transaction(async (session) => {
    let count = 0;
    for (const guid of guids) {
      const before = await readSubnet(session, guid);
      if (before === undefined) continue;
      await session.db.deleteFrom('Subnet').where('Guid', '=', guid).execute();
      await audit(session, clock, actor, { action: 'delete', guid, name: before.subnet, before });
      count++;
    }
    if (count > 0) await recordChange(session, clock, 'site');
    return count;
  });
  if (deleted > 0) await assignComputers(cmdb);
  return deleted;
}

/** Moves subnets to a site, or out of any with null; answers how many there were. @throws InvalidInput no such site */
export async function assignSubnets(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guids: readonly Guid[],
  siteGuid: Guid | null,
): Promise<number> {
  const moved = await cmdb.transaction(async (session) => {
    await rejectUnknownSite(session, siteGuid);
    let count = 0;
    for (const guid of guids) {
      const before = await readSubnet(session, guid);
      if (before === undefined || before.siteGuid === siteGuid) continue;
      const values = { SiteGuid: siteGuid, ModifiedAt: utc(clock.now()) };
      await session.db.updateTable('Subnet').set(values).where('Guid', '=', guid).execute();
      const after = { ...before, siteGuid };
      await audit(session, clock, actor, { action: 'assign', guid, name: before.subnet, before, after });
      count++;
    }
    if (count > 0) await recordChange(session, clock, 'site', siteGuid);
    return count;
  });
  if (moved > 0) await assignComputers(cmdb);
  return moved;
}

export interface SubnetFields {
  /** `network/prefix`. */
  subnet: string;
  name: string;
  siteGuid: Guid | null;
}

/** The fields as they can be set, or `undefined` when there is no such subnet. */
export async function readSubnet(session: Session, guid: Guid): Promise<SubnetFields | undefined> {
  const row = await session.db
    .selectFrom('Subnet')
    .select(['Network', 'PrefixLength', 'Name', 'SiteGuid'])
    .where('Guid', '=', guid)
    .executeTakeFirst();
  return row && { subnet: `${row.Network}/${row.PrefixLength}`, name: row.Name, siteGuid: row.SiteGuid };
}

async function rejectTwin(session: Session, { network, prefixLength }: Network, self: Guid | undefined): Promise<void> {
  const twin = await session.db
    .selectFrom('Subnet')
    .select('Guid')
    .where('Network', '=', network)
    .where('PrefixLength', '=', prefixLength)
    .executeTakeFirst();
  if (twin !== undefined && twin.Guid !== self) throw alreadyThere();
}

const alreadyThere = (): InvalidInput =>
  new InvalidInput([{ field: 'subnet', message: 'The subnet is there already.' }]);

/** Somebody else made the same subnet between the look and the write. */
async function refusingTwins<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    throw isUniqueViolation(error) ? alreadyThere() : error;
  }
}

async function rejectUnknownSite(session: Session, siteGuid: Guid | null): Promise<void> {
  if (siteGuid === null) return;
  const site = await session.db.selectFrom('Site').select('IsInternet').where('Guid', '=', siteGuid).executeTakeFirst();
  if (site === undefined) throw new InvalidInput([{ field: 'siteGuid', message: 'There is no such site.' }]);
  if (site.IsInternet === 0) return;
  const message = 'An Internet site takes its computers from targets only: choose another site.';
  throw new InvalidInput([{ field: 'siteGuid', message }]);
}

interface Recorded {
  action: string;
  guid: Guid;
  name: string;
  before?: SubnetFields | undefined;
  after?: SubnetFields | undefined;
}

async function audit(session: Session, clock: Clock, actor: Actor, { guid, name, ...detail }: Recorded): Promise<void> {
  await recordAudit(session, clock, actor, { objectKind: 'subnet', objectGuid: guid, objectName: name, ...detail });
}

async function recorded(session: Session, clock: Clock, actor: Actor, what: Recorded): Promise<void> {
  await audit(session, clock, actor, what);
  await recordChange(session, clock, 'site', what.after?.siteGuid ?? null);
}

/** Changes of subnets. Each is one transaction with its audit record; computers then take their new sites. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, recordAudits, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import { deleteMatching, readMatching, updateMany } from '../cmdb/bulk.ts';
import type { SubnetTable } from '../cmdb/schema.ts';
import { isUniqueViolation } from '../cmdb/sql.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';
import { readFields } from '../fieldTypes.ts';
import type { Network } from './address.ts';
import { settleComputers } from './settleComputers.ts';
import { subnetInput, type SubnetInput } from './siteInput.ts';

/** Where a subnet comes from: typed or imported, from a directory, or from what inventory has seen. */
export type SubnetSource = 'manual' | 'ad' | 'discovered';

/** @throws InvalidInput: not a subnet, there already, or no such site */
export async function createSubnet(cmdb: Cmdb, clock: Clock, actor: Actor, input: unknown): Promise<Guid> {
  try {
    return (await createSubnets(cmdb, clock, actor, [input]))[0]!;
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new InvalidInput(error.errors.map(({ field, message }) => ({ field: field.replace(/^0\./, ''), message })));
  }
}

/** Makes all of them or none. @throws InvalidInput as createSubnet, at `<index>.<field>` */
export async function createSubnets(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  inputs: readonly unknown[],
  source: SubnetSource = 'manual',
): Promise<Guid[]> {
  const guids = await refusingTwins(() =>
    cmdb.transaction(async (session) => {
      const made = (await checkSubnets(session, inputs)).map((fields) => ({ guid: newGuid(), ...fields }));
      await insertSubnets(session, clock, actor, made, source);
      return made.map(({ guid }) => guid);
    }),
  );
  if (guids.length > 0) await settleComputers(cmdb);
  return guids;
}

/** New subnets as they can be made, of which nothing is written. @throws InvalidInput as createSubnets */
export async function checkSubnets(session: Session, inputs: readonly unknown[]): Promise<SubnetInput[]> {
  const errors: FieldError[] = [];
  const read = inputs.map((input, index) => {
    try {
      return readFields(subnetInput, input);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      errors.push(...error.errors.map(({ field, message }) => ({ field: `${index}.${field}`, message })));
      return undefined;
    }
  });
  const rows = await session.db.selectFrom('Subnet').select(['Network', 'PrefixLength']).execute();
  const taken = new Set(rows.map(({ Network, PrefixLength }) => `${Network}/${PrefixLength}`));
  const sites = new Map<Guid | null, string | undefined>();
  for (const [index, fields] of read.entries()) {
    if (fields === undefined) continue;
    if (taken.has(textOf(fields.subnet))) errors.push({ field: `${index}.subnet`, message: ALREADY_THERE });
    taken.add(textOf(fields.subnet));
    if (!sites.has(fields.siteGuid)) sites.set(fields.siteGuid, await siteProblem(session, fields.siteGuid));
    const message = sites.get(fields.siteGuid);
    if (message !== undefined) errors.push({ field: `${index}.siteGuid`, message });
  }
  if (errors.length > 0) throw new InvalidInput(errors);
  return read as SubnetInput[];
}

export const textOf = ({ network, prefixLength }: Pick<Network, 'network' | 'prefixLength'>): string =>
  `${network}/${prefixLength}`;

/** Checked subnets, in a few statements whatever their number. */
export async function insertSubnets(
  session: Session,
  clock: Clock,
  actor: Actor,
  subnets: readonly (SubnetInput & { guid: Guid })[],
  source: SubnetSource,
): Promise<void> {
  const ModifiedAt = utc(clock.now());
  await session.insertMany(
    'Subnet',
    subnets.map(({ guid, subnet, name, siteGuid }) => ({
      Guid: guid,
      Network: subnet.network,
      PrefixLength: subnet.prefixLength,
      Name: name,
      SiteGuid: siteGuid,
      Source: source,
      ModifiedAt,
    })),
  );
  const records = subnets.map(({ guid, subnet, name, siteGuid }) => {
    const after = { subnet: textOf(subnet), name, siteGuid };
    return { action: 'create', objectKind: 'subnet', objectGuid: guid, objectName: after.subnet, after };
  });
  await recordAudits(session, clock, actor, records);
  if (subnets.length > 0)
    await recordChange(session, clock, 'site', subnets.length === 1 ? subnets[0]!.siteGuid : null);
}

/** A subnet as it can be changed, of which nothing is written. @throws InvalidInput as createSubnet */
export async function checkSubnetUpdate(session: Session, guid: Guid, input: unknown): Promise<SubnetInput> {
  const fields = readFields(subnetInput, input);
  await rejectTwin(session, fields.subnet, guid);
  await rejectUnknownSite(session, fields.siteGuid);
  return fields;
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
      await checkSubnetUpdate(session, guid, input);
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
      const after = { subnet: textOf(fields.subnet), name: fields.name, siteGuid: fields.siteGuid };
      await recorded(session, clock, actor, { guid, before, after });
      return true;
    }),
  );
  if (isUpdated) await settleComputers(cmdb);
  return isUpdated;
}

/** Deletes subnets; answers how many there were. */
export async function deleteSubnets(cmdb: Cmdb, clock: Clock, actor: Actor, guids: readonly Guid[]): Promise<number> {
  const deleted = await cmdb.transaction(async (session) => {
    const there = await readSubnets(session, guids);
    await deleteMatching(
      session,
      'Subnet',
      'Guid',
      there.map(({ guid }) => guid),
    );
    const records = there.map(({ guid, ...before }) => ({ ...recordOf('delete', guid, before), before }));
    await recordAudits(session, clock, actor, records);
    if (there.length > 0) await recordChange(session, clock, 'site');
    return there.length;
  });
  if (deleted > 0) await settleComputers(cmdb);
  return deleted;
}

/** Moves subnets to a site, or out of any with null; answers how many moved. @throws InvalidInput no such site */
export async function assignSubnets(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guids: readonly Guid[],
  siteGuid: Guid | null,
): Promise<number> {
  const moved = await cmdb.transaction(async (session) => {
    await rejectUnknownSite(session, siteGuid);
    const there = (await readSubnets(session, guids)).filter((subnet) => subnet.siteGuid !== siteGuid);
    const now = utc(clock.now());
    const rows = there.map(({ guid }) => [guid, siteGuid, now]);
    await updateMany(session, 'Subnet', ['Guid', 'SiteGuid', 'ModifiedAt'], 1, rows);
    const records = there.map(({ guid, ...before }) => ({
      ...recordOf('assign', guid, before),
      before,
      after: { ...before, siteGuid },
    }));
    await recordAudits(session, clock, actor, records);
    if (there.length > 0) await recordChange(session, clock, 'site', siteGuid);
    return there.length;
  });
  if (moved > 0) await settleComputers(cmdb);
  return moved;
}

const recordOf = (action: string, guid: Guid, { subnet }: SubnetFields) => ({
  action,
  objectKind: 'subnet',
  objectGuid: guid,
  objectName: subnet,
});

export interface SubnetFields {
  /** `network/prefix`. */
  subnet: string;
  name: string;
  siteGuid: Guid | null;
}

/** The fields as they can be set, or `undefined` when there is no such subnet. */
export async function readSubnet(session: Session, guid: Guid): Promise<SubnetFields | undefined> {
  const [found] = await readSubnets(session, [guid]);
  return found && { subnet: found.subnet, name: found.name, siteGuid: found.siteGuid };
}

/** Those of the subnets that are there. */
export async function readSubnets(
  session: Session,
  guids: readonly Guid[],
): Promise<(SubnetFields & { guid: Guid })[]> {
  const rows = await readMatching<SubnetTable>(
    session,
    'Subnet',
    ['Guid', 'Network', 'PrefixLength', 'Name', 'SiteGuid'],
    ['Guid'],
    [...new Set(guids)].map((guid) => [guid]),
  );
  return rows.map((row) => ({
    guid: row.Guid,
    subnet: `${row.Network}/${row.PrefixLength}`,
    name: row.Name,
    siteGuid: row.SiteGuid,
  }));
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

const ALREADY_THERE = 'The subnet is there already.';
const alreadyThere = (): InvalidInput => new InvalidInput([{ field: 'subnet', message: ALREADY_THERE }]);

/** Somebody else made the same subnet between the look and the write. */
async function refusingTwins<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    throw isUniqueViolation(error) ? alreadyThere() : error;
  }
}

/** @throws InvalidInput when there is no such site, or it cannot have subnets */
export async function rejectUnknownSite(session: Session, siteGuid: Guid | null): Promise<void> {
  const message = await siteProblem(session, siteGuid);
  if (message !== undefined) throw new InvalidInput([{ field: 'siteGuid', message }]);
}

/** Why a site cannot have subnets, if it cannot. */
async function siteProblem({ db }: Session, siteGuid: Guid | null): Promise<string | undefined> {
  if (siteGuid === null) return undefined;
  const site = await db.selectFrom('Site').select('IsInternet').where('Guid', '=', siteGuid).executeTakeFirst();
  if (site === undefined) return 'There is no such site.';
  return site.IsInternet === 1 ? INTERNET_SITE : undefined;
}

export const INTERNET_SITE = 'An Internet site takes its computers from targets only: choose another site.';

interface Update {
  guid: Guid;
  before: SubnetFields;
  after: SubnetFields;
}

async function recorded(session: Session, clock: Clock, actor: Actor, { guid, before, after }: Update): Promise<void> {
  await recordAudit(session, clock, actor, { ...recordOf('update', guid, after), before, after });
  await recordChange(session, clock, 'site', after.siteGuid);
}

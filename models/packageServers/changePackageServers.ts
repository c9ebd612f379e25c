/** Giving a computer the package service, setting it and taking it away. Each is one transaction with its audit record. */
import { z } from 'zod';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { PackageServerTable } from '../cmdb/schema.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { flag, readFields, wholeNumber } from '../fieldTypes.ts';
import {
  INHERITABLE,
  inheritableColumns,
  inheritableFields,
  inheritableOf,
  inheritedNames,
  namesIn,
  publishesSomehow,
  PUBLISHES_NOTHING,
  valuesInForce,
  type Inheritable,
} from './inheritance.ts';
import { removeServiceRows } from './serviceRows.ts';
import { readServiceSettings } from './serviceSettings.ts';
import { newKeySalt } from './tokenKeys.ts';

const siteGuids = z.preprocess(
  (value) => (value === undefined || value === '' || value === null ? [] : Array.isArray(value) ? value : [value]),
  z.array(z.string()).transform((texts, context): Guid[] =>
    texts.flatMap((text) => {
      const guid = parseGuid(text);
      if (guid === undefined) context.addIssue('Choose a site from the list.');
      return guid ?? [];
    }),
  ),
);

export const packageServerInput = z.object({
  isEnabled: flag(true),
  isDraining: flag(false),
  isConstrained: flag(false),
  isProbed: flag(true),
  ...inheritableFields,
  /** Settings that follow those for all; without it, all that are not given. */
  inherited: inheritedNames,
  /** How many computers it gets, in relation to its equals; 0: only when no other is left. */
  share: wholeNumber(0, 10_000, 100),
  /** None: the site of its address. */
  sites: siteGuids,
});

/** As it holds: what is taken over has the value for all. */
export type PackageServerInput = z.output<typeof packageServerInput> & { inherited: Inheritable[] };

/** @throws InvalidInput */
async function readInput(session: Session, input: unknown): Promise<PackageServerInput> {
  const fields = readFields(packageServerInput, input);
  const given = (input ?? {}) as Record<string, unknown>;
  const inherited = fields.inherited ?? INHERITABLE.filter((name) => given[name] === undefined);
  const inForce = { ...valuesInForce(fields, inherited, await readServiceSettings(session)), inherited };
  if (publishesSomehow(inForce)) return inForce;
  throw new InvalidInput([{ field: 'publishHttps', message: PUBLISHES_NOTHING }]);
}

/** @throws InvalidInput: no such computer, or a package server already */
export async function addPackageServer(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
): Promise<void> {
  await cmdb.transaction(async (session) => {
    const fields = await readInput(session, input);
    const name = await computerName(session, guid);
    if (name === undefined)
      throw new InvalidInput([{ field: 'computer', message: 'There is no such managed computer.' }]);
    if ((await readSettings(session, guid)) !== undefined) {
      throw new InvalidInput([{ field: 'computer', message: `${name} is a package server already.` }]);
    }
    const now = utc(clock.now());
    const row: PackageServerTable = {
      ResourceGuid: guid,
      KeySalt: newKeySalt(),
      ...columnsOf(fields),
      VerifyCount: 0,
      ResyncCount: 0,
      CreatedAt: now,
      ModifiedAt: now,
    };
    await session.db.insertInto('PackageServer').values(row).execute();
    await writeSites(session, guid, fields.sites);
    await recorded(session, clock, actor, { action: 'create', guid, name, after: fields });
  });
}

/** @throws InvalidInput; false when it is no package server */
export async function updatePackageServer(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const fields = await readInput(session, input);
    const before = await readPackageServerInput(session, guid);
    if (before === undefined) return false;
    await session.db
      .updateTable('PackageServer')
      .set({ ...columnsOf(fields), ModifiedAt: utc(clock.now()) })
      .where('ResourceGuid', '=', guid)
      .execute();
    await writeSites(session, guid, fields.sites);
    const name = (await computerName(session, guid)) ?? guid;
    await recorded(session, clock, actor, { action: 'update', guid, name, before, after: fields });
    return true;
  });
}

/** Takes the service away: what it holds is forgotten here, and agents are sent there no more. False: it was none. */
export async function removePackageServer(cmdb: Cmdb, clock: Clock, actor: Actor, guid: Guid): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const before = await readPackageServerInput(session, guid);
    if (before === undefined) return false;
    await removeServiceRows(session, clock, guid);
    const name = (await computerName(session, guid)) ?? guid;
    await recorded(session, clock, actor, { action: 'delete', guid, name, before });
    return true;
  });
}

/**
 * `verify`: hash every file again; `resync`: try at once what is lacking, and report in full; `resend`: report in full,
 * which takes the place of all that is known of it; `drain`, `undrain`.
 */
export type PackageServerOrder = 'verify' | 'resync' | 'resend' | 'drain' | 'undrain';

/** The order goes with the policy, which the server fetches after its next report. False: it is no package server. */
export async function orderPackageServer(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  order: PackageServerOrder,
): Promise<boolean> {
  return cmdb.transaction(async (session) => {
    const row = await readSettings(session, guid);
    if (row === undefined) return false;
    const change =
      order === 'verify'
        ? { VerifyCount: row.VerifyCount + 1 }
        : order === 'resync'
          ? { ResyncCount: row.ResyncCount + 1 }
          : order === 'resend'
            ? {}
            : { IsDraining: order === 'drain' ? (1 as const) : (0 as const) };
    await session.db
      .updateTable('PackageServer')
      .set({ ...change, ModifiedAt: utc(clock.now()) })
      .where('ResourceGuid', '=', guid)
      .execute();
    // Without a digest that fits, the answer to its next report asks for the whole list.
    if (order === 'verify' || order === 'resync' || order === 'resend') {
      await session.db
        .updateTable('PackageServerReport')
        .set({ Digest: '' })
        .where('ResourceGuid', '=', guid)
        .execute();
    }
    const name = (await computerName(session, guid)) ?? guid;
    await recorded(session, clock, actor, { action: order, guid, name });
    return true;
  });
}

/** The settings as they can be changed; `undefined` when it is no package server. */
export async function readPackageServerInput(session: Session, guid: Guid): Promise<PackageServerInput | undefined> {
  const row = await readSettings(session, guid);
  if (row === undefined) return undefined;
  const inherited = namesIn(row.Inherited);
  const sites = await session.db
    .selectFrom('PackageServerSite')
    .select('SiteGuid')
    .where('ResourceGuid', '=', guid)
    .execute();
  return {
    isEnabled: row.IsEnabled === 1,
    isDraining: row.IsDraining === 1,
    isConstrained: row.IsConstrained === 1,
    isProbed: row.IsProbed === 1,
    ...valuesInForce(inheritableOf(row), inherited, await readServiceSettings(session)),
    inherited,
    share: row.Share,
    sites: sites.map(({ SiteGuid }) => SiteGuid),
  };
}

const readSettings = ({ db }: Session, guid: Guid): Promise<PackageServerTable | undefined> =>
  db.selectFrom('PackageServer').selectAll().where('ResourceGuid', '=', guid).executeTakeFirst();

async function computerName({ db }: Session, guid: Guid): Promise<string | undefined> {
  const row = await db
    .selectFrom('Resource')
    .select('Name')
    .where('Guid', '=', guid)
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null)
    .executeTakeFirst();
  return row?.Name;
}

const bit = (value: boolean) => (value ? (1 as const) : (0 as const));

const columnsOf = (fields: PackageServerInput) => ({
  IsEnabled: bit(fields.isEnabled),
  IsDraining: bit(fields.isDraining),
  IsConstrained: bit(fields.isConstrained),
  IsProbed: bit(fields.isProbed),
  ...inheritableColumns(fields),
  Inherited: fields.inherited.join(' '),
  Share: fields.share,
});

async function writeSites(session: Session, guid: Guid, sites: readonly Guid[]): Promise<void> {
  const { db } = session;
  const wanted = [...new Set(sites)];
  const known =
    wanted.length === 0 ? [] : await db.selectFrom('Site').select('Guid').where('Guid', 'in', wanted).execute();
  if (known.length !== wanted.length) {
    throw new InvalidInput([{ field: 'sites', message: 'One of the sites is not there any more: choose again.' }]);
  }
  await db.deleteFrom('PackageServerSite').where('ResourceGuid', '=', guid).execute();
  if (wanted.length > 0) {
    await session.insertMany(
      'PackageServerSite',
      wanted.map((SiteGuid) => ({ ResourceGuid: guid, SiteGuid })),
    );
  }
}

async function recorded(
  session: Session,
  clock: Clock,
  actor: Actor,
  what: { action: string; guid: Guid; name: string; before?: unknown; after?: unknown },
): Promise<void> {
  const { guid, name, ...detail } = what;
  await recordAudit(session, clock, actor, {
    objectKind: 'packageServer',
    objectGuid: guid,
    objectName: name,
    ...detail,
  });
  await recordChange(session, clock, 'packageServer', guid);
}

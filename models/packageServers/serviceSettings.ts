/** What holds for the whole package service (console-pages 4, "Package Service Settings, global"). */
import { z } from 'zod';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { choice, flag, readFields, wholeNumber } from '../fieldTypes.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readSetting, writeSetting } from '../settings/settingStore.ts';
import {
  inheritableFields,
  inheritableOf,
  namesIn,
  publishesSomehow,
  PUBLISHES_NOTHING,
  valuesInForce,
  type InheritableValues,
} from './inheritance.ts';

const NAME = 'packageService';

/** Plain HTTP: where it is the only scheme that is served, always, never. */
export const OFFER_HTTP = ['alone', 'always', 'never'] as const;

export const serviceSettings = z
  .object({
    /** Whether this server offers its own files over each scheme (GenerateNSHTTP/HTTPSPackageCodebases). */
    offerHttps: flag(true),
    offerHttp: choice(OFFER_HTTP, 'alone'),
    /** Agents are told the share that a package's source is (GenerateNSUNCPackageCodebases): they must be able to read it. */
    offerUnc: flag(false),
    /** Agents measure sources before they choose (SpeedTestCodebases, 1 by default). */
    speedTest: flag(true),
    /** Minutes after which an agent is offered the package servers of this server's own site; 0: never (KB 179445). */
    maxTryingMinutes: wholeNumber(0, 10_080, 0),
    /** Days after which a site that got a package automatically, and needs it no more, gives it up; 0: never. */
    releaseAfterDays: wholeNumber(0, 3650, 30),
    /** What holds for every package server that has no value of its own. */
    ...inheritableFields,
  })
  .refine(publishesSomehow, { path: ['publishHttps'], message: PUBLISHES_NOTHING });

export type ServiceSettings = z.output<typeof serviceSettings>;

export const defaultServiceSettings: ServiceSettings = serviceSettings.parse({});

export async function readServiceSettings(session: Session): Promise<ServiceSettings> {
  const text = await readSetting(session, NAME);
  if (text === undefined) return defaultServiceSettings;
  const read = serviceSettings.safeParse(JSON.parse(text));
  return read.success ? read.data : defaultServiceSettings;
}

/** @throws InvalidInput */
export async function changeServiceSettings(cmdb: Cmdb, clock: Clock, actor: Actor, input: unknown): Promise<void> {
  const after = readFields(serviceSettings, input);
  await cmdb.transaction(async (session) => {
    const before = await readServiceSettings(session);
    await requirePublished(session, after);
    await writeSetting(session, clock, NAME, JSON.stringify(after), actor.name);
    const record = { action: 'update', objectKind: 'setting', objectName: 'Package service', before, after };
    await recordAudit(session, clock, actor, record);
    await recordChange(session, clock, 'setting');
  });
}

/** A server that switches off one scheme itself may take the other over: it must not be left without any. */
async function requirePublished({ db }: Session, forAll: InheritableValues): Promise<void> {
  const rows = await db
    .selectFrom('PackageServer as w')
    .innerJoin('Resource as r', 'r.Guid', 'w.ResourceGuid')
    .selectAll('w')
    .select('r.Name')
    .where('w.Inherited', '<>', '')
    .where('r.DeletedAt', 'is', null)
    .orderBy('r.Name')
    .execute();
  const silenced = rows.filter(
    (row) => !publishesSomehow(valuesInForce(inheritableOf(row), namesIn(row.Inherited), forAll)),
  );
  if (silenced.length === 0) return;
  const others = silenced.length === 1 ? '' : ` and ${silenced.length - 1} more`;
  const message = `${silenced[0]!.Name}${others} would publish nothing: give it a value of its own first.`;
  throw new InvalidInput([{ field: 'publishHttps', message }]);
}

/** What holds for the whole package service (console-pages 4, "Package Service Settings, global"). */
import { z } from 'zod';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import type { Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { choice, flag, readFields, wholeNumber } from '../fieldTypes.ts';
import { readSetting, writeSetting } from '../settings/settingStore.ts';

const NAME = 'packageService';

/** Plain HTTP: where it is the only scheme that is served, always, never. */
export const OFFER_HTTP = ['alone', 'always', 'never'] as const;

export const serviceSettings = z.object({
  /** Whether this server offers its own files over each scheme (GenerateNSHTTP/HTTPSPackageCodebases). */
  offerHttps: flag(true),
  offerHttp: choice(OFFER_HTTP, 'alone'),
  /** Agents are told the share that a package's source is (GenerateNSUNCPackageCodebases): they must be able to read it. */
  offerUnc: flag(false),
  /** Agents measure sources before they choose (SpeedTestCodebases, 1 by default). */
  speedTest: flag(true),
  /** Minutes after which an agent is offered the package servers of this server's own site; 0: never (KB 179445). */
  maxTryingMinutes: wholeNumber(0, 10_080, 0),
});

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
    await writeSetting(session, clock, NAME, JSON.stringify(after), actor.name);
    const record = { action: 'update', objectKind: 'setting', objectName: 'Package service', before, after };
    await recordAudit(session, clock, actor, record);
    await recordChange(session, clock, 'setting');
  });
}

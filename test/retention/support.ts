/** Computers with events, history and inventory of known ages. */
import { utc } from '../../models/clock.ts';
import type { Cmdb } from '../../models/cmdb/types.ts';
import { readSubjects, type Subject } from '../../models/retention/subjects.ts';
import { guid, newGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';

export const NOW = Date.parse('2031-06-01T12:00:00.000Z');
export const DAY = 86_400_000;
export const clock = { now: () => NOW };
export const actor = { name: 'jane', address: '10.9.9.9' };
export const EXECUTION = guid('5d5d5d5d-0000-4000-8000-000000000117');
export const IDENTIFICATION = guid('9e6f402a-6a45-4cba-9299-c2323f73a506');

export const daysAgo = (days: number): string => utc(NOW - days * DAY);

export async function addComputer(cmdb: Cmdb, lastContactDaysAgo?: number): Promise<Guid> {
  const computer = newGuid();
  await cmdb.db
    .insertInto('Resource')
    .values({
      Guid: computer,
      Name: 'WKS',
      ResourceTypeGuid: RESOURCE_TYPE.computer,
      IsManaged: 1,
      CreatedAt: daysAgo(900),
      ModifiedAt: daysAgo(900),
    })
    .execute();
  if (lastContactDaysAgo !== undefined)
    await cmdb.db
      .insertInto('ComputerContact')
      .values({ ResourceGuid: computer, LastContactAt: daysAgo(lastContactDaysAgo), LastAddress: '10.0.0.1' })
      .execute();
  return computer;
}

/** One execution event for each age in days; its program says the age. */
export async function addEvents(cmdb: Cmdb, computer: Guid, ages: readonly number[]): Promise<void> {
  await cmdb.insertMany(
    'SwdExecution',
    ages.map((age) => ({
      ResourceGuid: computer,
      EventAt: daysAgo(age),
      AdvertisementId: null,
      AdvertisementName: '',
      PackageId: null,
      PackageName: '',
      ProgramName: String(age),
      Status: 'Success',
      StartAt: null,
      EndAt: null,
      ReturnCode: 0,
    })),
  );
}

export async function eventAges(cmdb: Cmdb, computer?: Guid): Promise<number[]> {
  const query = cmdb.db.selectFrom('SwdExecution').select('ProgramName').orderBy('EventAt', 'desc').orderBy('Id');
  const rows = await (computer === undefined ? query : query.where('ResourceGuid', '=', computer)).execute();
  return rows.map((row) => Number(row.ProgramName));
}

export async function subject(cmdb: Cmdb, name: string): Promise<Subject> {
  const found = (await readSubjects(cmdb)).find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no subject ${name}`);
  return found;
}

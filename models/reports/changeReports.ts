/** Creating, changing and deleting saved reports. Those that come with the program are left as they are: copy them. */
import { newGuid, type Guid } from '../../wire/guid.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { InvalidInput } from '../fieldErrors.ts';
import { readDefinition, type Report, type ReportDefinition } from './definition.ts';
import { getReport } from './reportStore.ts';

/** Answers the new report's GUID. @throws InvalidInput */
export async function createReport(cmdb: Cmdb, clock: Clock, actor: Actor, input: unknown): Promise<Guid> {
  const definition = readDefinition(input);
  const guid = newGuid();
  await cmdb.transaction(async (session) => {
    const now = utc(clock.now());
    await session.db
      .insertInto('Report')
      .values({
        Guid: guid,
        IsBuiltIn: 0,
        CreatedAt: now,
        CreatedBy: actor.name,
        ModifiedAt: now,
        ModifiedBy: actor.name,
        ...columnsOf(definition),
      })
      .execute();
    await audit(session, clock, actor, 'create', guid, { after: definition });
  });
  return guid;
}

/** False when there is no such report. @throws InvalidInput */
export async function updateReport(
  cmdb: Cmdb,
  clock: Clock,
  actor: Actor,
  guid: Guid,
  input: unknown,
): Promise<boolean> {
  const definition = readDefinition(input);
  return cmdb.transaction(async (session) => {
    const report = await getReport(session, guid);
    if (report === undefined) return false;
    refuseBuiltIn(report);
    await session.db
      .updateTable('Report')
      .set({ ...columnsOf(definition), ModifiedAt: utc(clock.now()), ModifiedBy: actor.name })
      .where('Guid', '=', guid)
      .execute();
    await audit(session, clock, actor, 'change', guid, { before: definitionOf(report), after: definition });
    return true;
  });
}

/** Answers how many there were; those that come with the program stay. */
export async function deleteReports(cmdb: Cmdb, clock: Clock, actor: Actor, guids: readonly Guid[]): Promise<number> {
  return cmdb.transaction(async (session) => {
    let deleted = 0;
    for (const guid of guids) {
      const report = await getReport(session, guid);
      if (report === undefined || report.isBuiltIn) continue;
      await session.db.deleteFrom('Report').where('Guid', '=', guid).execute();
      await audit(session, clock, actor, 'delete', guid, { before: definitionOf(report) }, report.name);
      deleted++;
    }
    return deleted;
  });
}

/** Remembers the last run that succeeded; a power cut may take it. */
export async function recordLastRun(
  cmdb: Cmdb,
  clock: Clock,
  who: string,
  guid: Guid,
  run: { rows: number; milliseconds: number },
): Promise<void> {
  await cmdb.transaction(
    async ({ db }) => {
      await db
        .updateTable('Report')
        .set({
          LastRunAt: utc(clock.now()),
          LastRunBy: who,
          LastRunRows: run.rows,
          LastRunMilliseconds: run.milliseconds,
        })
        .where('Guid', '=', guid)
        .execute();
    },
    { mayBeLost: true },
  );
}

function refuseBuiltIn(report: Report): void {
  if (!report.isBuiltIn) return;
  throw new InvalidInput([{ field: '', message: 'This report comes with the program: copy it and change the copy.' }]);
}

/** The part of a row that its author decides. */
export function columnsOf(definition: ReportDefinition) {
  return {
    Name: definition.name,
    Description: definition.description,
    Folder: definition.folder,
    Tags: definition.tags,
    RowLimit: definition.rowLimit,
    TimeLimitSeconds: definition.timeLimitSeconds,
    Chart: definition.chart === undefined ? null : JSON.stringify(definition.chart),
    Parameters: JSON.stringify(definition.parameters),
    SqlText: definition.sql,
  };
}

export function definitionOf(report: Report): ReportDefinition {
  const { name, description, folder, tags, sql, parameters, chart, rowLimit, timeLimitSeconds } = report;
  return { name, description, folder, tags, sql, parameters, chart, rowLimit, timeLimitSeconds };
}

async function audit(
  session: Session,
  clock: Clock,
  actor: Actor,
  action: string,
  guid: Guid,
  detail: { before?: ReportDefinition; after?: ReportDefinition },
  name = detail.after?.name ?? '',
): Promise<void> {
  await recordAudit(session, clock, actor, {
    action,
    objectKind: 'report',
    objectGuid: guid,
    objectName: name,
    ...detail,
  });
}

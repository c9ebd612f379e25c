/** Software-delivery execution: a program of a package has run, or could not (sample 17). */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import { addToTimeline } from '../../computers/timeline.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { successCodes, writeDeliveries, type DeliveryStatus } from '../deliveries.ts';
import type { NseEvent } from '../nseEvent.ts';
import { eventRows, rowGuid, rowNumber, rowTime, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf, utcOrNull } from './statusEvents.ts';

type Column =
  | 'AdvertisementId'
  | 'AdvertisementName'
  | 'PackageId'
  | 'Package Name'
  | 'Status'
  | 'Start'
  | 'End'
  | 'ReturnCode'
  | 'Program Name';

interface Execution {
  advertisement: Guid | undefined;
  advertisementName: string;
  packageGuid: Guid | undefined;
  packageName: string;
  programName: string;
  status: string;
  startAt: number | null;
  endAt: number | null;
  returnCode: number | null;
}

export const swdExecution: CaptureItem<Execution[]> = {
  guid: CAPTURE_ITEM.swdExecution,
  name: 'Software delivery execution',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.swdExecution, flags).map((row) => execution(row, event, flags)),
  apply,
};

function execution(row: EventRow<Column>, event: NseEvent, flags: Set<string>): Execution {
  return {
    advertisement: rowGuid(row.AdvertisementId, 'advertisement'),
    advertisementName: row.AdvertisementName ?? '',
    packageGuid: rowGuid(row.PackageId, 'package'),
    packageName: row['Package Name'] ?? '',
    programName: row['Program Name'] ?? '',
    status: row.Status ?? '',
    startAt: rowTime(row.Start, 'start', event, flags),
    endAt: rowTime(row.End, 'end', event, flags),
    returnCode: rowNumber(row.ReturnCode, 'return code', flags),
  };
}

type Staged = StagedEvent<Execution[]>;

async function apply({ session, clock }: ApplyContext, events: readonly Staged[]): Promise<void> {
  const runs = rowsOf(events);
  const policies = runs.map((run) => run.advertisement).filter((policy) => policy !== undefined);
  const succeeds = await successCodes(session, [...new Set(policies)]);
  const outcomes = runs.map((run) => ({ ...run, outcome: outcomeOf(run, succeeds(run.advertisement)) }));

  await session.insertMany(
    'SwdExecution',
    runs.map((run) => ({
      ResourceGuid: run.computer,
      EventAt: utc(run.at),
      AdvertisementId: run.advertisement ?? null,
      AdvertisementName: run.advertisementName,
      PackageId: run.packageGuid ?? null,
      PackageName: run.packageName,
      ProgramName: run.programName,
      Status: run.status,
      StartAt: utcOrNull(run.startAt),
      EndAt: utcOrNull(run.endAt),
      ReturnCode: run.returnCode,
    })),
  );
  await writeDeliveries(
    session,
    outcomes.flatMap(({ advertisement, packageGuid, ...run }) =>
      advertisement === undefined
        ? []
        : [
            {
              ...run,
              policy: advertisement,
              packageGuid: packageGuid ?? null,
              packageVersion: null,
              status: run.outcome,
              detail: run.status,
            },
          ],
    ),
    clock.now(),
  );
  await addToTimeline(session, outcomes.flatMap(delivered));
  await noteFlags(session, events, 'Execution event');
}

/** A return code decides. Without one the program has begun, or could not even do that. */
function outcomeOf(run: Execution, succeeds: readonly number[]): DeliveryStatus {
  if (run.returnCode !== null) return succeeds.includes(run.returnCode) ? 'succeeded' : 'failed';
  return run.endAt === null && !/fail|error|terminat|time.?out/i.test(run.status) ? 'running' : 'failed';
}

function delivered(run: Execution & { computer: Guid; at: number; outcome: DeliveryStatus }) {
  if (run.outcome === 'running') return [];
  const what = run.packageName || run.advertisementName || 'A program';
  const result = run.returnCode === null ? run.status : `return code ${run.returnCode}`;
  const kind = run.outcome === 'succeeded' ? 'delivered' : 'deliveryFailed';
  return [{ computer: run.computer, at: run.at, kind, detail: `${what}: ${result}.` }];
}

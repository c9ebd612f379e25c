/** Software-delivery execution: a program of a package has run, or could not (sample 17). */
import type { Guid } from '../../../wire/guid.ts';
import type { NseValues } from '../../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import { addToTimeline } from '../../computers/timeline.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { successCodes, writeDeliveries, type DeliveryStatus } from '../deliveries.ts';
import type { NseEvent } from '../readNse.ts';
import { rowGuid, rowNumber, rowTime, shortText, swdRows } from './swdRows.ts';

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
  stage: (event, { flags }) =>
    swdRows(event, 'swdExecution', 'AeX SWD Execution').map((row) => execution(row, event, flags)),
  apply,
};

function execution(row: NseValues<'swdExecution'>, event: NseEvent, flags: Set<string>): Execution {
  return {
    advertisement: rowGuid(row.advertisementGuid, 'advertisement'),
    advertisementName: shortText(row.advertisementName, flags),
    packageGuid: rowGuid(row.packageGuid, 'package'),
    packageName: shortText(row.packageName, flags),
    programName: shortText(row.programName, flags),
    status: shortText(row.status, flags),
    startAt: rowTime(row.start, 'start', event, flags),
    endAt: rowTime(row.end, 'end', event, flags),
    returnCode: rowNumber(row.returnCode, 'return code', flags),
  };
}

type Staged = StagedEvent<Execution[]>;

async function apply({ session, clock }: ApplyContext, events: readonly Staged[]): Promise<void> {
  const runs = events.flatMap((event) => event.data.map((run) => ({ ...run, computer: event.computer, at: event.at })));
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
      StartAt: run.startAt === null ? null : utc(run.startAt),
      EndAt: run.endAt === null ? null : utc(run.endAt),
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
  await addToTimeline(session, [...outcomes.flatMap(delivered), ...events.flatMap(flagged)]);
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

function flagged({ computer, at, flags }: Staged) {
  return flags.size === 0
    ? []
    : [{ computer, at, kind: 'flagged', detail: `Execution event: ${[...flags].join(' ')}` }];
}

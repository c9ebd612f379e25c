/** Software-delivery package: how far a package is on a computer. The form is ours (wire/nse.ts, `swdPackage`). */
import type { Guid } from '../../../wire/guid.ts';
import type { NseValues } from '../../../wire/nse.ts';
import { CAPTURE_ITEM } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import { addToTimeline } from '../../computers/timeline.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { writeDeliveries, type DeliveryStatus } from '../deliveries.ts';
import { rowGuid, rowNumber, shortText, swdRows } from './swdRows.ts';

interface PackageProgress {
  packageGuid: Guid | undefined;
  packageName: string;
  packageVersion: number | null;
  status: string;
  advertisement: Guid | undefined;
  bytes: number | null;
  source: string;
}

const LONGEST_SOURCE = 1000;

export const swdPackage: CaptureItem<PackageProgress[]> = {
  guid: CAPTURE_ITEM.swdPackage,
  name: 'Software delivery package',
  stage: (event, { flags }) => swdRows(event, 'swdPackage', 'AeX SWD Package').map((row) => progress(row, flags)),
  apply,
};

function progress(row: NseValues<'swdPackage'>, flags: Set<string>): PackageProgress {
  return {
    packageGuid: rowGuid(row.packageGuid, 'package'),
    packageName: shortText(row.packageName, flags),
    packageVersion: rowNumber(row.packageVersion, 'package version', flags),
    status: shortText(row.status, flags),
    advertisement: rowGuid(row.advertisementGuid, 'advertisement'),
    bytes: rowNumber(row.bytes, 'number of bytes', flags, Number.MAX_SAFE_INTEGER),
    source: shortText(row.source, flags, LONGEST_SOURCE),
  };
}

/** Status texts and the state of the delivery that they mean; the first that fits. Other texts change no state. */
const STATES: readonly (readonly [RegExp, DeliveryStatus])[] = [
  [/policy received/i, 'received'],
  [/download.*failed|failed.*download/i, 'download_failed'],
  [/downloaded/i, 'downloaded'],
  [/downloading/i, 'downloading'],
  [/running/i, 'running'],
];

async function apply(
  { session, clock }: ApplyContext,
  events: readonly StagedEvent<PackageProgress[]>[],
): Promise<void> {
  const rows = events.flatMap((event) => event.data.map((row) => ({ ...row, computer: event.computer, at: event.at })));
  await session.insertMany(
    'SwdPackageEvent',
    rows.map((row) => ({
      ResourceGuid: row.computer,
      EventAt: utc(row.at),
      PackageId: row.packageGuid ?? null,
      PackageName: row.packageName,
      PackageVersion: row.packageVersion,
      Status: row.status,
      AdvertisementId: row.advertisement ?? null,
      Bytes: row.bytes,
      Source: row.source,
    })),
  );
  await writeDeliveries(
    session,
    rows.flatMap((row) => {
      const status = STATES.find(([pattern]) => pattern.test(row.status))?.[1];
      if (status === undefined || row.advertisement === undefined) return [];
      const { computer, at, packageVersion } = row;
      return [
        {
          policy: row.advertisement,
          computer,
          at,
          packageGuid: row.packageGuid ?? null,
          packageVersion,
          status,
          returnCode: null,
          detail: row.status,
        },
      ];
    }),
    clock.now(),
  );
  const flagged = events.filter((event) => event.flags.size > 0);
  await addToTimeline(
    session,
    flagged.map(({ computer, at, flags }) => ({
      computer,
      at,
      kind: 'flagged',
      detail: `Package event: ${[...flags].join(' ')}`,
    })),
  );
}

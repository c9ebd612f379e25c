/** Software-delivery package: how far a package is on a computer. The form is ours (wire/nse.ts, `swdPackage`). */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { deliveryState, writeDeliveries } from '../deliveries.ts';
import { eventRows, rowGuid, rowNumber, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf } from './statusEvents.ts';

type Column = 'PackageId' | 'Package Name' | 'Package Version' | 'Status' | 'AdvertisementId' | 'Bytes' | 'Source';

interface PackageProgress {
  packageGuid: Guid | undefined;
  packageName: string;
  packageVersion: number | null;
  status: string;
  advertisement: Guid | undefined;
  bytes: number | null;
  source: string;
}

export const swdPackage: CaptureItem<PackageProgress[]> = {
  guid: CAPTURE_ITEM.swdPackage,
  name: 'Software delivery package',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.swdPackage, flags).map((row) => progress(row, flags)),
  apply,
};

function progress(row: EventRow<Column>, flags: Set<string>): PackageProgress {
  return {
    packageGuid: rowGuid(row.PackageId, 'package'),
    packageName: row['Package Name'] ?? '',
    packageVersion: rowNumber(row['Package Version'], 'package version', flags),
    status: row.Status ?? '',
    advertisement: rowGuid(row.AdvertisementId, 'advertisement'),
    bytes: rowNumber(row.Bytes, 'number of bytes', flags, Number.MAX_SAFE_INTEGER),
    source: row.Source ?? '',
  };
}

async function apply(
  { session, clock }: ApplyContext,
  events: readonly StagedEvent<PackageProgress[]>[],
): Promise<void> {
  const rows = rowsOf(events);
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
      const status = deliveryState(row.status);
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
  await noteFlags(session, events, 'Package event');
}

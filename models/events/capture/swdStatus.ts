/**
 * Software-delivery status: what a policy came to on a computer. The form is ours; the vendor's columns are not public.
 */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { deliveryState, successCodes, writeDeliveries, type DeliveryStatus } from '../deliveries.ts';
import { eventRows, rowGuid, rowNumber, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf } from './statusEvents.ts';

type Column =
  'AdvertisementId' | 'AdvertisementName' | 'PackageId' | 'Package Name' | 'Status' | 'Detail' | 'ReturnCode';

interface PolicyStatus {
  advertisement: Guid | undefined;
  advertisementName: string;
  packageGuid: Guid | undefined;
  packageName: string;
  status: string;
  detail: string;
  returnCode: number | null;
}

export const swdStatus: CaptureItem<PolicyStatus[]> = {
  guid: CAPTURE_ITEM.swdStatus,
  name: 'Software delivery status',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.swdStatus, flags).map((row) => policyStatus(row, flags)),
  apply,
};

function policyStatus(row: EventRow<Column>, flags: Set<string>): PolicyStatus {
  return {
    advertisement: rowGuid(row.AdvertisementId, 'advertisement'),
    advertisementName: row.AdvertisementName ?? '',
    packageGuid: rowGuid(row.PackageId, 'package'),
    packageName: row['Package Name'] ?? '',
    status: row.Status ?? '',
    detail: row.Detail ?? '',
    returnCode: rowNumber(row.ReturnCode, 'return code', flags),
  };
}

async function apply({ session, clock }: ApplyContext, events: readonly StagedEvent<PolicyStatus[]>[]): Promise<void> {
  const rows = rowsOf(events);
  await session.insertMany(
    'SwdStatus',
    rows.map((row) => ({
      ResourceGuid: row.computer,
      EventAt: utc(row.at),
      AdvertisementId: row.advertisement ?? null,
      AdvertisementName: row.advertisementName,
      PackageId: row.packageGuid ?? null,
      PackageName: row.packageName,
      Status: row.status,
      Detail: row.detail,
      ReturnCode: row.returnCode,
    })),
  );
  const policies = rows.map((row) => row.advertisement).filter((policy) => policy !== undefined);
  const succeeds = await successCodes(session, [...new Set(policies)]);
  await writeDeliveries(
    session,
    rows.flatMap(({ advertisement, ...row }) => {
      const status = stateOf(row, succeeds(advertisement));
      if (advertisement === undefined || status === undefined) return [];
      const packageGuid = row.packageGuid ?? null;
      return [{ ...row, policy: advertisement, packageGuid, packageVersion: null, status, detail: detailOf(row) }];
    }),
    clock.now(),
  );
  await noteFlags(session, events, 'Status event');
}

/** A return code decides; else the text, where it is one that is known. */
function stateOf(
  { status, returnCode }: PolicyStatus | Omit<PolicyStatus, 'advertisement'>,
  succeeds: readonly number[],
): DeliveryStatus | undefined {
  if (returnCode !== null) return succeeds.includes(returnCode) ? 'succeeded' : 'failed';
  return deliveryState(status);
}

const detailOf = ({ status, detail }: { status: string; detail: string }): string =>
  detail === '' ? status : `${status}: ${detail}`;

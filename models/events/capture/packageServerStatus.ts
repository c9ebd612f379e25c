/** Package-server status: whether a package server holds a package, and where it offers it (sample 18). */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import { eventRows, rowGuid, rowNumber, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf } from './statusEvents.ts';

type Column = 'PackageId' | 'Package Version' | 'Status' | 'Codebase';

interface PackageServerStatus {
  packageGuid: Guid | undefined;
  packageVersion: number | null;
  status: string;
  codebase: string;
}

export const packageServerStatus: CaptureItem<PackageServerStatus[]> = {
  guid: CAPTURE_ITEM.packageServerStatus,
  name: 'Package server status',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.packageServerStatus, flags).map((row) => serverStatus(row, flags)),
  apply,
};

function serverStatus(row: EventRow<Column>, flags: Set<string>): PackageServerStatus {
  return {
    packageGuid: rowGuid(row.PackageId, 'package'),
    packageVersion: rowNumber(row['Package Version'], 'package version', flags, Number.MAX_SAFE_INTEGER),
    status: row.Status ?? '',
    codebase: row.Codebase ?? '',
  };
}

async function apply({ session }: ApplyContext, events: readonly StagedEvent<PackageServerStatus[]>[]): Promise<void> {
  await session.insertMany(
    'PackageServerEvent',
    rowsOf(events).map((row) => ({
      ResourceGuid: row.computer,
      EventAt: utc(row.at),
      PackageId: row.packageGuid ?? null,
      PackageVersion: row.packageVersion,
      Status: row.status,
      Codebase: row.codebase,
    })),
  );
  await noteFlags(session, events, 'Package server event');
}

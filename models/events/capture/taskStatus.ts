/** Task status: how a task went on a computer. The form is ours; the vendor's columns are not public. */
import type { Guid } from '../../../wire/guid.ts';
import { CAPTURE_ITEM, DATA_CLASS } from '../../../wire/wellKnown.ts';
import { utc } from '../../clock.ts';
import type { ApplyContext, CaptureItem, StagedEvent } from '../captureItem.ts';
import type { NseEvent } from '../nseEvent.ts';
import { eventRows, rowGuid, rowNumber, rowTime, type EventRow } from './eventRows.ts';
import { noteFlags, rowsOf, utcOrNull } from './statusEvents.ts';

type Column = 'TaskId' | 'TaskInstanceId' | 'Task Name' | 'Status' | 'Start' | 'End' | 'ReturnCode' | 'Detail';

interface TaskStatus {
  task: Guid | undefined;
  instance: Guid | undefined;
  taskName: string;
  status: string;
  startAt: number | null;
  endAt: number | null;
  returnCode: number | null;
  detail: string;
}

export const taskStatus: CaptureItem<TaskStatus[]> = {
  guid: CAPTURE_ITEM.taskStatus,
  name: 'Task status',
  stage: (event, { classes, flags }) =>
    eventRows<Column>(event, classes, DATA_CLASS.taskStatus, flags).map((row) => status(row, event, flags)),
  apply,
};

function status(row: EventRow<Column>, event: NseEvent, flags: Set<string>): TaskStatus {
  return {
    task: rowGuid(row.TaskId, 'task'),
    instance: rowGuid(row.TaskInstanceId, 'task instance'),
    taskName: row['Task Name'] ?? '',
    status: row.Status ?? '',
    startAt: rowTime(row.Start, 'start', event, flags),
    endAt: rowTime(row.End, 'end', event, flags),
    returnCode: rowNumber(row.ReturnCode, 'return code', flags),
    detail: row.Detail ?? '',
  };
}

async function apply({ session }: ApplyContext, events: readonly StagedEvent<TaskStatus[]>[]): Promise<void> {
  await session.insertMany(
    'TaskStatusEvent',
    rowsOf(events).map((row) => ({
      ResourceGuid: row.computer,
      EventAt: utc(row.at),
      TaskGuid: row.task ?? null,
      TaskInstanceGuid: row.instance ?? null,
      TaskName: row.taskName,
      Status: row.status,
      StartAt: utcOrNull(row.startAt),
      EndAt: utcOrNull(row.endAt),
      ReturnCode: row.returnCode,
      Detail: row.detail,
    })),
  );
  await noteFlags(session, events, 'Task event');
}

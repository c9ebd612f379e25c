/**
 * The tables that events are written to, by the view of the original's name that stands before each. Retention, data
 * classes, merges and purges go by this list: a table of events that is added is added here.
 */
export const EVENT_TABLES = {
  Evt_AeX_SWD_Execution: 'SwdExecution',
  Evt_AeX_SWD_Package: 'SwdPackageEvent',
  Evt_AeX_SWD_Status: 'SwdStatus',
  Evt_AeX_SWD_Package_Server_Status: 'PackageServerEvent',
  Evt_AeX_Client_Task_Status: 'TaskStatusEvent',
  Evt_AeX_Client_LogOn: 'ClientLogOn',
} as const;

export type EventTable = (typeof EVENT_TABLES)[keyof typeof EVENT_TABLES];

/** The table behind a view that a class of events names as its own. */
export const eventTableOf = (view: string): EventTable | undefined =>
  (EVENT_TABLES as Readonly<Record<string, EventTable>>)[view];

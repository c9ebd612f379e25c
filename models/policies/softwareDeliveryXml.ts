/** A software-delivery policy: policies-and-schedules.md section 2, samples/08. Read by wire/softwareDelivery.ts. */
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import { braces } from '../../wire/guid.ts';
import { writeSchedule } from '../../wire/schedule.ts';
import type { ProgramTable } from '../cmdb/schema.ts';
import type { PackageRecord, PolicyRecord } from './policyRecords.ts';
import { addElement } from './policyXml.ts';
import type { SoftwareDeliverySettings } from './settings.ts';

// The CMDB keeps the published option values; the sample's shorter words stand on the wire.
const RUN_AS: Record<string, string> = { SystemAccount: 'System' };
const AFTER_RUNNING: Record<string, string> = { NoActionRequired: 'None' };

export function writeSoftwareDelivery(
  clientPolicy: XMLBuilder,
  policy: PolicyRecord,
  settings: SoftwareDeliverySettings,
  software: PackageRecord,
  program: ProgramTable,
): void {
  const softPkg = addElement(addElement(clientPolicy, 'SoftPkgs'), 'SoftPkg', {
    Name: software.name,
    displayName: '',
    Id: braces(software.guid),
    Version: software.versionText,
    // Equals Package/@version of the package information; 0: there are no files to fetch.
    InternalVersion: software.version ?? 0,
    Originator: 'NS',
    Destination: '',
    CleanupAfter: software.cleanupAfterMinutes,
    Priority: software.priority,
    StatusEventsEnabled: settings.verboseStatusEvents,
  });
  writeProgram(addElement(softPkg, 'Programs'), program);
  const advertisement = addElement(addElement(softPkg, 'Advertisements'), 'Advertisement', {
    Name: policy.name,
    Id: braces(policy.guid),
    ProgramId: braces(program.Guid),
    Enabled: true,
    RunASAP: settings.runAsSoonAsPossible,
    OnlyAtScheduledTime: settings.onlyAtScheduledTime,
    NotifyUser: settings.notifyUser,
    WarnBeforeRunning: settings.warnBeforeRunning,
    // Files are verified before they run, so they are always fetched first.
    RunFromServer: false,
    EnableMulticast: settings.multicast,
  });
  if (settings.schedule.triggers.length > 0) advertisement.ele(writeSchedule(settings.schedule, 'Schedule'));
}

function writeProgram(programs: XMLBuilder, program: ProgramTable): void {
  addElement(programs, 'Program', {
    Name: program.Name,
    Id: braces(program.Guid),
    CommandLine: program.CommandLine,
    WorkingDirectory: program.WorkingDirectory,
    SuccessCodes: program.SuccessCodes,
    FailureCodes: program.FailureCodes,
    EstimatedDiskSpace: program.EstimatedDiskSpaceKb,
    EstimatedRunTime: program.EstimatedRunTimeMinutes,
    TerminateAfter: program.TerminateAfterMinutes,
    RunAs: RUN_AS[program.RunAs] ?? program.RunAs,
    CanRun: program.CanRun,
    StartingWindow: program.StartingWindow,
    UserInputRequired: program.UserInputRequired === 1,
    MinimumConnectionSpeed: program.MinimumConnectionSpeedKb,
    AfterRunning: AFTER_RUNNING[program.AfterRunning] ?? program.AfterRunning,
  });
}

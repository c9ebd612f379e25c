/**
 * A software-delivery policy as an agent reads it (policies-and-schedules.md section 2, samples/08). SoftPkg and its
 * attributes are documented; Program and Advertisement carry names of our own.
 */
import { parseGuid, type Guid } from './guid.ts';
import { scheduleOf, type Schedule } from './schedule.ts';
import { child, childrenNamed, type XmlElement } from './xml.ts';

export interface SoftwarePackage {
  guid: Guid;
  name: string;
  displayName: string;
  version: string;
  /** Equals `Package/@version` of the package information; 0 for a package without files: nothing to download. */
  internalVersion: number;
  /** Folder to download into; empty for the agent's own. */
  destination: string;
  cleanupAfterMinutes: number;
  priority: string;
  /** Whether the agent reports each step. */
  statusEvents: boolean;
  programs: SoftwareProgram[];
  advertisements: SoftwareAdvertisement[];
}

export interface SoftwareProgram {
  guid: Guid;
  name: string;
  commandLine: string;
  workingDirectory: string;
  successCodes: number[];
  failureCodes: number[];
  estimatedDiskSpaceKb: number;
  estimatedRunTimeMinutes: number;
  terminateAfterMinutes: number;
  runAs: string;
  canRun: string;
  startingWindow: string;
  userInputRequired: boolean;
  minimumConnectionSpeedKb: number;
  afterRunning: string;
}

export interface SoftwareAdvertisement {
  /** GUID of the policy: events name it as AdvertisementId. */
  guid: Guid;
  name: string;
  programGuid: Guid;
  enabled: boolean;
  /** Run once as soon as the files are there, whatever the schedule says. */
  runAsSoonAsPossible: boolean;
  /** A start that was missed is not made up for. */
  onlyAtScheduledTime: boolean;
  notifyUser: boolean;
  warnBeforeRunning: boolean;
  runFromServer: boolean;
  multicast: boolean;
  /** No triggers: only as soon as possible, or when the user starts it. */
  schedule: Schedule;
}

/**
 * The packages of a `ClientPolicy` element of class `Altiris.SWD`.
 * @throws ScheduleError, or Error when a GUID is missing
 */
export function readSoftwareDelivery(clientPolicy: XmlElement): SoftwarePackage[] {
  return childrenNamed(child(clientPolicy, 'SoftPkgs'), 'SoftPkg').map((element) => {
    const text = attributesOf(element);
    return {
      guid: guidOf(element, 'Id'),
      name: text('Name'),
      displayName: text('displayName'),
      version: text('Version'),
      internalVersion: Number(text('InternalVersion')) || 0,
      destination: text('Destination'),
      cleanupAfterMinutes: Number(text('CleanupAfter')) || 0,
      priority: text('Priority'),
      statusEvents: text('StatusEventsEnabled') === 'true',
      programs: childrenNamed(child(element, 'Programs'), 'Program').map(readProgram),
      advertisements: childrenNamed(child(element, 'Advertisements'), 'Advertisement').map(readAdvertisement),
    };
  });
}

function readProgram(element: XmlElement): SoftwareProgram {
  const text = attributesOf(element);
  return {
    guid: guidOf(element, 'Id'),
    name: text('Name'),
    commandLine: text('CommandLine'),
    workingDirectory: text('WorkingDirectory'),
    successCodes: codes(text('SuccessCodes')),
    failureCodes: codes(text('FailureCodes')),
    estimatedDiskSpaceKb: Number(text('EstimatedDiskSpace')) || 0,
    estimatedRunTimeMinutes: Number(text('EstimatedRunTime')) || 0,
    terminateAfterMinutes: Number(text('TerminateAfter')) || 0,
    runAs: text('RunAs'),
    canRun: text('CanRun'),
    startingWindow: text('StartingWindow'),
    userInputRequired: text('UserInputRequired') === 'true',
    minimumConnectionSpeedKb: Number(text('MinimumConnectionSpeed')) || 0,
    afterRunning: text('AfterRunning'),
  };
}

function readAdvertisement(element: XmlElement): SoftwareAdvertisement {
  const text = attributesOf(element);
  const schedule = child(element, 'Schedule');
  return {
    guid: guidOf(element, 'Id'),
    name: text('Name'),
    programGuid: guidOf(element, 'ProgramId'),
    enabled: text('Enabled') !== 'false',
    runAsSoonAsPossible: text('RunASAP') === 'true',
    onlyAtScheduledTime: text('OnlyAtScheduledTime') === 'true',
    notifyUser: text('NotifyUser') === 'true',
    warnBeforeRunning: text('WarnBeforeRunning') === 'true',
    runFromServer: text('RunFromServer') === 'true',
    multicast: text('EnableMulticast') === 'true',
    schedule: schedule === undefined ? { triggers: [] } : scheduleOf(schedule),
  };
}

function attributesOf(element: XmlElement): (name: string) => string {
  return (name) => element.attributes[name] ?? '';
}

function guidOf(element: XmlElement, attribute: string): Guid {
  const guid = parseGuid(element.attributes[attribute]);
  if (guid === undefined) throw new Error(`${element.name} lacks its ${attribute}`);
  return guid;
}

/** `0,3010,1641`; what is no number is passed over. */
function codes(text: string): number[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => /^-?\d+$/.test(part))
    .map(Number);
}

/**
 * The Notification Server Event (events-nse.md section 3): the XML an agent posts. Here are the writer, the column order
 * of the data classes that our own agents send, and the odd form of time; the reader is the server's.
 *
 * A row's attribute `cN` is column N of its data class, by position and not by name, so the order below is the
 * contract. The server keeps the order of inventory classes in DataClassColumn, first filled by
 * sql/migrations/<engine>/0002_first_data.sql; a test compares the two.
 */
import { braces, type Guid } from './guid.ts';
import { DATA_CLASS, RESOURCE_TYPE } from './wellKnown.ts';
import { xml, XML_DECLARATION } from './xml.ts';

/** Column N of a class is entry N. */
export const NSE_COLUMNS = {
  identification: [
    'name',
    'domain',
    'fqdn',
    'osName',
    'osVersion',
    'systemType',
    'lastLogonUser',
    'clientDate',
    'osBuildNumber',
    'timeZone',
    'uniqueId',
    'systemManufacturer',
    'systemModel',
  ],
  /** One row an adapter. */
  tcpip: [
    'hostName',
    'primaryDnsSuffix',
    'ipAddress',
    'subnetMask',
    'subnet',
    'macAddress',
    'defaultGateway',
    'dnsServer1',
    'dnsServer2',
    'adapter',
    'dhcpEnabled',
  ],
  /** One row a plug-in. */
  clientAgent: ['agentName', 'productVersion', 'buildNumber', 'installPath', 'agentClassGuid'],
  primaryUser: ['month', 'year', 'user', 'domain', 'serverGenerated'],
  location: ['location', 'site', 'timeZone'],
  virtualMachine: ['isVirtual', 'hypervisor', 'host'],
  clientConnectivity: [
    'server',
    'port',
    'protocol',
    'connectionType',
    'proxy',
    'localAddress',
    'timeZoneOffset',
    'lastConnected',
  ],
  /** One row a service; Windows only. */
  ntServices: ['name', 'displayName', 'state', 'startMode', 'account', 'path'],
  /** One row a role: Workstation, Server, Domain controller … */
  roles: ['role', 'detail'],
  /** One row an address. */
  tcpipv6: [
    'hostName',
    'adapter',
    'ipAddress',
    'prefixLength',
    'scope',
    'macAddress',
    'defaultGateway',
    'dnsServer1',
    'dnsServer2',
  ],
  /** Sample 17; `programName` is ours. Times are local, as `localTime` writes them; the return code is a whole number. */
  swdExecution: [
    'advertisementGuid',
    'advertisementName',
    'packageGuid',
    'packageName',
    'status',
    'start',
    'end',
    'returnCode',
    'programName',
  ],
  /**
   * Ours: progress of a package on the computer. `status` is one of SWD_PACKAGE_STATUS, `bytes` what was transferred,
   * `source` the codebase it came from.
   */
  swdPackage: ['packageGuid', 'packageName', 'packageVersion', 'status', 'advertisementGuid', 'bytes', 'source'],
  /** Ours: what a policy came to. */
  swdStatus: ['advertisementGuid', 'advertisementName', 'packageGuid', 'packageName', 'status', 'detail', 'returnCode'],
  /** Sample 18. */
  packageServerStatus: ['packageGuid', 'packageVersion', 'status', 'codebase'],
  taskStatus: ['taskGuid', 'taskInstanceGuid', 'taskName', 'status', 'start', 'end', 'returnCode', 'detail'],
  /** `event` is one of LOG_ON_EVENT; `duration` is whole seconds, and each second of a session is sent once. */
  clientLogOn: ['user', 'domain', 'event', 'logOn', 'logOff', 'duration'],
} as const;

export type NseClassName = keyof typeof NSE_COLUMNS;
export type NseValues<C extends NseClassName> = Partial<Record<(typeof NSE_COLUMNS)[C][number], string>>;

const CLASS_NAMES: Record<NseClassName, string> = {
  identification: 'AeX AC Identification',
  tcpip: 'AeX AC TCPIP',
  clientAgent: 'AeX AC Client Agent',
  primaryUser: 'AeX AC Primary User',
  location: 'AeX AC Location',
  virtualMachine: 'AeX AC VirtualMachine',
  swdExecution: 'AeX SWD Execution',
  swdPackage: 'AeX SWD Package',
  clientConnectivity: 'AeX AC Client Connectivity',
  ntServices: 'AeX AC NT Services',
  roles: 'AeX AC Roles',
  tcpipv6: 'AeX AC TCPIPv6',
  swdStatus: 'AeX SWD Status',
  packageServerStatus: 'AeX SWD Package Server Status',
  taskStatus: 'AeX Client Task Status',
  clientLogOn: 'AeX Client LogOn',
};

/** What a package event says has happened; the delivery's state in the console follows from it. */
export const SWD_PACKAGE_STATUS = {
  received: 'Policy received',
  downloading: 'Downloading',
  downloaded: 'Downloaded',
  downloadFailed: 'Download failed',
  running: 'Running',
} as const;

/** `session` reports the part of a session since the last event; with `off` comes the rest of it. */
export const LOG_ON_EVENT = { on: 'Log on', session: 'Session', off: 'Log off' } as const;

export interface NseClass {
  guid: Guid;
  name: string;
  /** Values by position; `undefined` leaves the column out: no value given. */
  rows: (string | undefined)[][];
}

/** One data block from values by name. @example nseClass('identification', [{ name: 'WKS-042', domain: 'EXAMPLE' }]) */
export function nseClass<C extends NseClassName>(dataClass: C, rows: readonly NseValues<C>[]): NseClass {
  const columns = NSE_COLUMNS[dataClass] as readonly (keyof NseValues<C>)[];
  return {
    guid: DATA_CLASS[dataClass],
    name: CLASS_NAMES[dataClass],
    rows: rows.map((values) => columns.map((column) => values[column])),
  };
}

export interface NseMessage {
  /** Capture item that handles the event. */
  to: Guid;
  /** 0 for basic inventory, 1 for the rest, by custom [observed]. */
  priority: number;
  msgId: Guid;
  time: Date;
  /** Minutes to add to the sender's local time to get UTC: what `Date.getTimezoneOffset()` answers. */
  biasMinutes: number;
  /** The computer that the event is about. */
  resource: { guid: Guid; name: string; keys: readonly { name: string; value: string }[] };
  classes: readonly NseClass[];
}

/** The event as XML text with its declaration. */
export function writeNse(message: NseMessage): string {
  const { resource } = message;
  const keys = resource.keys.map((key) => xml`<key name="${key.name}" value="${key.value}"/>`);
  const classes = message.classes.map((dataClass) => {
    const rows = dataClass.rows.map((row) => xml`<row${row.map(attribute)}/>`);
    return xml`<inventoryClass guid="${braces(dataClass.guid)}" name="${dataClass.name}"><data><resource resourceRef="1">${rows}</resource></data></inventoryClass>`;
  });
  return (
    XML_DECLARATION +
    xml`<message><to>${braces(message.to)}</to><priority>${message.priority}</priority><msgId>${braces(message.msgId)}</msgId><time>${nseTime(message.time, message.biasMinutes)}</time><body><inventory><resources><resource typeGuid="${braces(RESOURCE_TYPE.computer)}" guid="${braces(resource.guid)}" name="${resource.name}" ref="1">${keys}</resource></resources>${classes}</inventory></body></message>
`.text
  );
}

function attribute(value: string | undefined, index: number) {
  return value === undefined ? xml`` : xml` c${index}="${value}"`;
}

const MINUTE = 60_000;
const digits = (value: number, width: number): string => String(value).padStart(width, '0');

/**
 * `YYYYMMDDhhmmss.ffffff` in local time and the bias with its sign. The published sample was made at 08:50:13 in zone
 * +2:00 and reads `-120`: UTC = local + bias, the opposite of a WMI time (events-nse.md 3.1).
 */
export function nseTime(time: Date, biasMinutes: number): string {
  const local = localTime(time, biasMinutes).replace(/\D/g, '');
  const sign = biasMinutes < 0 ? '-' : '+';
  return `${local}.${digits(time.getUTCMilliseconds(), 3)}000${sign}${digits(Math.abs(biasMinutes), 3)}`;
}

/** `YYYY-MM-DD hh:mm:ss` in the sender's local time: how rows carry time. */
export function localTime(time: Date, biasMinutes: number): string {
  return new Date(time.getTime() - biasMinutes * MINUTE).toISOString().slice(0, 19).replace('T', ' ');
}

const ENVELOPE_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?([+-]\d{1,4})?$/;
const ROW_TIME = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;

/** Reads an envelope's time. `at`: milliseconds since 1970. `undefined` when the text is no such time. */
export function parseNseTime(text: string): { at: number; biasMinutes: number } | undefined {
  const match = ENVELOPE_TIME.exec(text.trim());
  if (match === null) return undefined;
  const biasMinutes = Number(match[8] ?? 0);
  const at = instant(match, biasMinutes);
  return at === undefined ? undefined : { at, biasMinutes };
}

/** Reads a row's time with the bias of its envelope: milliseconds since 1970, or `undefined`. */
export function parseLocalTime(text: string, biasMinutes: number): number | undefined {
  const match = ROW_TIME.exec(text.trim());
  return match === null ? undefined : instant(match, biasMinutes);
}

/** From year, month, day, hour, minute, second and fraction, local; `undefined` for a time that does not exist. */
function instant(match: RegExpExecArray, biasMinutes: number): number | undefined {
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])];
  const milliseconds = match[7] === undefined ? 0 : Number(match[7].padEnd(3, '0').slice(0, 3));
  // Date.UTC reads years below 100 as of the last century, and 30 February as 2 March: neither is meant.
  if (year < 100 || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return undefined;
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  return new Date(local).getUTCDate() === day ? local + biasMinutes * MINUTE : undefined;
}

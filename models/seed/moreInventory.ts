/** The classes of basic inventory that say how a computer is connected, what it runs as, and who uses it. */
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import type { Guid } from '../../wire/guid.ts';
import { LOG_ON_EVENT } from '../../wire/nse.ts';
import { attributeTime, utc } from '../clock.ts';
import { HOUR, type SeededComputer } from './computers.ts';
import type { RowWriter, SeededTable } from './rowWriter.ts';

const SERVICES: readonly (readonly [name: string, shown: string, mode: string, account: string])[] = [
  ['AeXNSClient', 'Altiris Agent', 'Auto', 'LocalSystem'],
  ['BITS', 'Background Intelligent Transfer Service', 'Manual', 'LocalSystem'],
  ['LanmanWorkstation', 'Workstation', 'Auto', 'NT AUTHORITY\\NetworkService'],
  ['wuauserv', 'Windows Update', 'Manual', 'LocalSystem'],
];

/** Writes them and answers how many rows each class got. */
export function addMoreInventory(writer: RowWriter, computer: SeededComputer): (readonly [Guid, number])[] {
  const isWindows = computer.system.systemType === 'Win64';
  const add = (table: SeededTable, rows: readonly object[]): number => {
    for (const row of rows) writer.add(table, { _ResourceGuid: computer.guid, ...row });
    return rows.length;
  };
  const usage = usageOf(computer);
  return (
    [
      [DATA_CLASS.clientConnectivity, add('Inv_AeX_AC_Client_Connectivity', [connectivity(computer)])],
      [
        DATA_CLASS.roles,
        add('Inv_AeX_AC_Roles', [{ Role: computer.kind === 'SRV' ? 'Server' : 'Workstation', Detail: '' }]),
      ],
      [DATA_CLASS.tcpipv6, add('Inv_AeX_AC_TCPIPv6', [addressV6(computer)])],
      [DATA_CLASS.ntServices, add('Inv_AeX_AC_NT_Services', isWindows ? SERVICES.map(service) : [])],
      [DATA_CLASS.machineUsage, add('Inv_AeX_AC_Machine_Usage', usage)],
    ] as const
  ).filter(([, rows]) => rows > 0);
}

function connectivity(computer: SeededComputer): object {
  return {
    Server: 'ns1.example.test',
    Port: 443,
    Protocol: 'HTTPS',
    'Connection Type': 'Direct',
    Proxy: '',
    'Local Address': computer.address,
    'Time Zone Offset': '+00:00',
    'Last Connected': attributeTime(computer.lastInventoryAt),
  };
}

function addressV6(computer: SeededComputer): object {
  const groups = computer.address.split('.').map((part) => Number(part).toString(16));
  return {
    'Host Name': computer.name.toLowerCase(),
    Adapter: computer.kind === 'NB' ? 'Wi-Fi' : 'Ethernet',
    'IP Address': `2001:db8:${groups[0]}:${groups[1]}::${groups[2]}:${groups[3]}`,
    'Prefix Length': 64,
    Scope: 'Global',
    'MAC Address': computer.mac,
    'Default Gateway': null,
    'DNS Server 1': null,
    'DNS Server 2': null,
  };
}

function service([name, shown, mode, account]: (typeof SERVICES)[number]): object {
  const State = mode === 'Auto' ? 'Running' : 'Stopped';
  return { Name: name, 'Display Name': shown, State, 'Start Mode': mode, Account: account, Path: null };
}

const DAYS = 4;

/** Hours a day that a computer's user sits at it: the same for ever, so that usage and log-ons agree. */
const hoursOf = ({ uniqueId }: SeededComputer): number => 4 + (Number.parseInt(uniqueId.slice(0, 2), 16) % 6);

function usageOf(computer: SeededComputer): object[] {
  if (computer.user === '') return [];
  const sent = new Date(computer.lastInventoryAt);
  const hours = hoursOf(computer) * DAYS;
  return [
    {
      Month: String(sent.getUTCMonth() + 1),
      Year: String(sent.getUTCFullYear()),
      User: computer.user,
      Domain: computer.site.office.domain,
      Hours: hours,
      Minutes: hours * 60,
      Rank: 1,
    },
  ];
}

/** The log-ons of the last days, which the usage is made of. */
export function addLogOns(writer: RowWriter, computer: SeededComputer): void {
  if (computer.user === '') return;
  for (let day = DAYS; day > 0; day--) {
    const offAt = computer.lastInventoryAt - (day - 1) * 24 * HOUR;
    const seconds = hoursOf(computer) * 3600;
    writer.add('ClientLogOn', {
      ResourceGuid: computer.guid,
      EventAt: utc(offAt),
      UserName: computer.user,
      UserDomain: computer.site.office.domain,
      Event: LOG_ON_EVENT.off,
      LogOnAt: utc(offAt - seconds * 1000),
      LogOffAt: utc(offAt),
      DurationSeconds: seconds,
    });
  }
}

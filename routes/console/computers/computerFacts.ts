/** What the summary of a computer says, fact by fact. */
import type { AppContext } from '../../../app/context.ts';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import type { MachineFacts } from '../../../models/inventory/machineFacts.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';

export interface Fact {
  label: string;
  cell: Cell;
}

const copyable = (text: string): Cell => (text === '' ? null : { kind: 'code', text, copy: true });

export function identityFacts(computer: ComputerDetail): Fact[] {
  return [
    { label: 'GUID', cell: { kind: 'code', text: `{${computer.Guid}}`, copy: true } },
    { label: 'FQDN', cell: copyable(computer.Fqdn) },
    { label: 'Domain', cell: computer.Domain || null },
    { label: 'IP address', cell: copyable(computer.IpAddress) },
    { label: 'MAC address', cell: copyable(computer.MacAddress) },
    { label: 'Last user', cell: computer.UserName || null },
  ];
}

export function machineFacts(computer: ComputerDetail, machine: MachineFacts): Fact[] {
  return [
    { label: 'Operating system', cell: [computer.OsName, computer.OsVersion].join(' ').trim() || null },
    { label: 'Build', cell: machine.build || null },
    { label: 'System type', cell: computer.SystemType || null },
    { label: 'Maker and model', cell: [machine.manufacturer, machine.model].join(' ').trim() || null },
    { label: 'Virtual', cell: yesOrNo(machine.virtual) },
    { label: 'Time zone', cell: machine.timeZone || null },
    { label: 'Agent version', cell: computer.AgentVersion || null },
  ];
}

/** Agents say it as a number or a word; a hypervisor's name stands for itself. */
function yesOrNo(text: string): Cell {
  if (/^(0|no|false)$/i.test(text)) return 'No';
  return /^(1|yes|true)$/i.test(text) ? 'Yes' : text || null;
}

export function contactFacts(computer: ComputerDetail): Fact[] {
  return [
    { label: 'Last contact', cell: { kind: 'time', at: computer.LastContactAt, none: 'Never' } },
    {
      label: 'From address',
      cell: computer.LastAddress === null ? null : { kind: 'code', text: computer.LastAddress },
    },
    { label: 'Last policy request', cell: { kind: 'time', at: computer.LastPolicyAt, none: 'Never' } },
    { label: 'Last event', cell: { kind: 'time', at: computer.LastEventAt, none: 'Never' } },
    { label: 'Last inventory', cell: { kind: 'time', at: computer.LastInventoryAt, none: 'None yet' } },
    { label: 'Known since', cell: { kind: 'time', at: computer.CreatedAt } },
  ];
}

/** The site of the address that it reported, with the reason: the question that is asked most of sites. */
export function siteFacts(context: AppContext, computer: ComputerDetail, machine: MachineFacts): Fact[] {
  const told: Fact[] = machine.location === '' ? [] : [{ label: 'Location it reports', cell: machine.location }];
  const address = computer.IpAddress || computer.LastAddress || '';
  if (address === '') return [{ label: 'Site', cell: 'No address is known yet' }, ...told];
  const match = context.sites.siteOf(address);
  const site: Cell =
    match.site === undefined ? 'None' : { kind: 'link', text: match.site.name, href: at(`/sites/${match.site.guid}`) };
  return [{ label: 'Site', cell: site }, { label: 'Why', cell: { kind: 'prose', text: match.reason } }, ...told];
}

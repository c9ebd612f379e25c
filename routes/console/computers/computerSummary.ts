/** One computer: what it is, when it was heard of, where it belongs and why. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { registrationsOf } from '../../../models/agents/registrationStore.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { computerPage } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

interface Fact {
  label: string;
  cell: Cell;
}

export function registerComputerSummary(router: Router, context: AppContext): void {
  router.get('/computers/:guid', async (request, response) => {
    const computer = await loadComputer(context.cmdb, request);
    const registration = (await registrationsOf(context.cmdb, computer.Guid)).find(({ State }) => State === 'allowed');
    await render(request, response, 'computers/summary', {
      ...computerPage(context, request, computer, ''),
      facts: [...identityFacts(computer), ...contactFacts(computer), ...siteFacts(context, computer)],
      keys: {
        caption: 'Resource keys',
        columns: [{ label: 'Key' }, { label: 'Value' }],
        rows: computer.keys.map((key) => [key.KeyName, { kind: 'code', text: key.KeyValue, copy: true }]),
        empty: 'None was sent',
      },
      registrationHref: registration === undefined ? undefined : at(`/registration/${registration.Guid}`),
    });
  });
}

function identityFacts(computer: ComputerDetail): Fact[] {
  return [
    { label: 'Domain', cell: computer.Domain || null },
    { label: 'FQDN', cell: computer.Fqdn === '' ? null : { kind: 'code', text: computer.Fqdn, copy: true } },
    { label: 'Operating system', cell: [computer.OsName, computer.OsVersion].join(' ').trim() || null },
    { label: 'System type', cell: computer.SystemType || null },
    {
      label: 'IP address',
      cell: computer.IpAddress === '' ? null : { kind: 'code', text: computer.IpAddress, copy: true },
    },
    {
      label: 'MAC address',
      cell: computer.MacAddress === '' ? null : { kind: 'code', text: computer.MacAddress, copy: true },
    },
    { label: 'User', cell: computer.UserName || null },
    { label: 'Agent version', cell: computer.AgentVersion || null },
    { label: 'GUID', cell: { kind: 'guid', guid: computer.Guid } },
  ];
}

function contactFacts(computer: ComputerDetail): Fact[] {
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
function siteFacts(context: AppContext, computer: ComputerDetail): Fact[] {
  const address = computer.IpAddress || computer.LastAddress || '';
  if (address === '') return [{ label: 'Site', cell: 'No address is known yet' }];
  const match = context.sites.siteOf(address);
  const site: Cell =
    match.site === undefined ? 'None' : { kind: 'link', text: match.site.name, href: at(`/sites/${match.site.guid}`) };
  return [
    { label: 'Site', cell: site },
    { label: 'Why', cell: { kind: 'prose', text: match.reason } },
  ];
}

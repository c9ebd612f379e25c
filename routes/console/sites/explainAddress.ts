/** Which site an address is in, and why: the question that is asked most of sites. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { computersAt } from '../../../models/sites/computersAt.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { siteTabs } from './siteTabs.ts';

const MOST_COMPUTERS = 10;

export function registerExplainAddress(router: Router, context: AppContext): void {
  router.get('/sites/explain', async (request, response) => {
    const address = typeof request.query.address === 'string' ? request.query.address.trim().slice(0, 64) : '';
    await render(request, response, 'sites/explain', {
      title: 'Sites and subnets',
      tabs: siteTabs('/sites/explain'),
      address,
      ...(address === '' ? { answer: undefined } : await explain(context, address)),
    });
  });
}

async function explain({ cmdb, sites }: AppContext, address: string) {
  const { site, subnet, reason } = sites.siteOf(address);
  const facts: { label: string; cell: Cell }[] = [
    {
      label: 'Site',
      cell: site === undefined ? 'None' : { kind: 'link', text: site.name, href: at(`/sites/${site.guid}`) },
    },
    { label: 'Subnet that decides', cell: subnet === undefined ? 'None' : { kind: 'code', text: subnet, copy: true } },
    { label: 'Why', cell: { kind: 'prose', text: reason } },
  ];
  const computers = await computersAt(cmdb, address, MOST_COMPUTERS);
  return {
    answer: reason,
    facts,
    computers: {
      caption: 'Computers with this address',
      columns: [{ label: 'Computer' }, { label: 'Domain' }, { label: 'Site' }, { label: 'Last contact' }],
      rows: computers.map((row): Cell[] => [
        { kind: 'link', text: row.Name, href: at(`/computers/${row.Guid}`) },
        row.Domain,
        row.SiteName,
        { kind: 'time', at: row.LastContactAt, none: 'Never' },
      ]),
    },
  };
}

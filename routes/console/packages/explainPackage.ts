/** The tab Explain: where a computer would be sent for the package, and why nowhere else (user-pains 10). */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { candidateLine, type SourceExplanation } from '../../../models/packages/explainSources.ts';
import { addressBytes } from '../../../models/sites/address.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import { explainHere } from '../../explainSources.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { loadPackage } from './loadPackage.ts';
import { packagePage } from './packagePage.ts';

const MOST_MINUTES = 100_000;

export function registerExplainPackage(router: Router, context: AppContext): void {
  router.get('/packages/:guid/explain', async (request, response) => {
    const software = await loadPackage(context.cmdb, request);
    const who = textIn(request, 'who');
    const minutes = Math.min(MOST_MINUTES, Math.max(0, Math.floor(Number(textIn(request, 'minutes')) || 0)));
    const asked = who === '' ? undefined : await whoIs(context, who);
    const question = { packageGuid: software.Guid, totalTimeMinutes: minutes };
    const explained =
      asked === undefined || 'fault' in asked ? undefined : await explainHere(context, { ...question, ...asked });
    await render(request, response, 'packages/explain', {
      ...packagePage(context, request, software, '/explain'),
      refresh: undefined,
      who,
      minutes,
      here: at(`/packages/${software.Guid}/explain`),
      fault: asked !== undefined && 'fault' in asked ? asked.fault : '',
      explained: explained === undefined ? undefined : pageOf(explained),
    });
  });
}

export function textIn(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value.trim().slice(0, 255) : '';
}

export type Asked = { computer: Guid } | { addresses: string[] } | { fault: string };

/** An address, or a computer by GUID or name. */
export async function whoIs({ cmdb }: AppContext, text: string): Promise<Asked> {
  if (addressBytes(text) !== undefined) return { addresses: [text] };
  const guid = parseGuid(text);
  const computers = cmdb.db
    .selectFrom('Resource')
    .select('Guid')
    .where('ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('DeletedAt', 'is', null);
  const rows = await (
    guid === undefined ? computers.where('Name', '=', text) : computers.where('Guid', '=', guid)
  ).execute();
  if (rows.length === 1) return { computer: rows[0]!.Guid };
  return {
    fault:
      rows.length === 0
        ? `There is no address and no computer “${text}”.`
        : `Several computers are called “${text}”: give the GUID.`,
  };
}

function pageOf({ choice, matches, distribution, xml }: SourceExplanation) {
  const facts: { label: string; cell: Cell }[] = [
    {
      label: 'Site',
      cell:
        choice.site.site === undefined
          ? 'None'
          : { kind: 'link', text: choice.site.site.name, href: at(`/sites/${choice.site.site.guid}`) },
    },
    {
      label: 'Why',
      cell: { kind: 'prose', text: matches.map(({ reason }) => reason).join(' ') || choice.site.reason },
    },
    { label: 'The package goes to', cell: { kind: 'prose', text: distribution } },
    { label: 'Fallback', cell: { kind: 'prose', text: choice.fallback } },
    {
      label: 'Answer',
      cell: { kind: 'prose', text: choice.status === 'valid' ? 'Sources are offered.' : choice.statusDescription },
    },
  ];
  let rank = 0;
  const rows = choice.candidates.map((candidate): Cell[] => {
    const { name, addresses, reason } = candidateLine(candidate);
    const { server, offered } = candidate;
    return [
      server === undefined ? name : { kind: 'link', text: name, href: at(`/package-servers/${server.guid}`) },
      { kind: 'state', state: offered ? 'offered' : 'not_offered' },
      offered ? String(++rank) : null,
      { kind: 'prose', text: reason },
      { kind: 'prose', text: addresses.join(' ') },
    ];
  });
  const columns = [
    { label: 'Source' },
    { label: 'Offered' },
    { label: 'Order' },
    { label: 'Why' },
    { label: 'Addresses' },
  ];
  return { facts, xml, table: { caption: 'Every source, and why it is offered or not', columns, rows } };
}

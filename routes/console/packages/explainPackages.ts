/** Explain for a computer: where it would be sent for each of several packages, on one page. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { candidateLine } from '../../../models/packages/explainSources.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { explainHere } from '../../explainSources.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES } from './chosenPackages.ts';
import { textIn, whoIs, type Asked } from './explainPackage.ts';
import { packagesCrumb } from './packagePage.ts';

/** The address that names them stays one that can be mailed. */
const MOST = 40;

export function registerExplainPackages(router: Router, context: AppContext): void {
  router.post('/packages/explain', requirePrivilege('read'), async (request, response) => {
    const guids = (await chosenPackages(request, context, LIST_PAGES[0]!)).slice(0, MOST);
    const address =
      guids.length === 1 ? at(`/packages/${guids[0]}/explain`) : at('/packages/explain', { packages: guids.join() });
    response.redirect(303, address);
  });

  router.get('/packages/explain', async (request, response) => {
    const text = typeof request.query.packages === 'string' ? request.query.packages : '';
    const guids = text
      .split(',')
      .map((part) => parseGuid(part))
      .filter((guid) => guid !== undefined)
      .slice(0, MOST);
    const who = textIn(request, 'who');
    const asked = who === '' ? undefined : await whoIs(context, who);
    const fault = asked !== undefined && 'fault' in asked ? asked.fault : '';
    const known = guids.filter((guid) => context.packages.get(guid) !== undefined);
    await render(request, response, 'packages/explainSeveral', {
      title: 'Explain for a computer',
      breadcrumb: [packagesCrumb],
      who,
      fault,
      here: at('/packages/explain'),
      guids: known.join(),
      table: {
        caption: 'Packages and where the computer is sent for them',
        columns: [{ label: 'Package' }, { label: 'Site' }, { label: 'Sources, in order' }, { label: 'Why' }],
        rows: await rowsOf(context, known, asked === undefined || 'fault' in asked ? undefined : asked),
        empty: 'No package was chosen: tick some in the list of packages',
      },
    });
  });
}

async function rowsOf(
  context: AppContext,
  guids: readonly Guid[],
  asked: Exclude<Asked, { fault: string }> | undefined,
): Promise<Cell[][]> {
  const rows: Cell[][] = [];
  for (const guid of guids) {
    const name = context.packages.get(guid)!.name;
    const link: Cell = { kind: 'link', text: name, href: at(`/packages/${guid}/explain`) };
    if (asked === undefined) {
      rows.push([link, null, null, null]);
      continue;
    }
    const { choice } = await explainHere(context, { packageGuid: guid, totalTimeMinutes: 0, ...asked });
    const offered = choice.candidates.filter((candidate) => candidate.offered).map(candidateLine);
    rows.push([
      link,
      choice.site.site?.name ?? 'None',
      { kind: 'prose', text: offered.map((source, index) => `${index + 1}. ${source.name}`).join('  ') || 'None' },
      { kind: 'prose', text: offered.length > 0 ? offered[0]!.reason : choice.statusDescription || choice.fallback },
    ]);
  }
  return rows;
}

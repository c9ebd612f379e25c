/** Deleting reports; those that come with the program stay. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { deleteReports } from '../../../models/reports/changeReports.ts';
import type { Report } from '../../../models/reports/definition.ts';
import { getReport } from '../../../models/reports/reportStore.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { selection } from '../selection.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadReport } from './loadReport.ts';
import { reportList } from './reportList.ts';
import { parseGuid } from '../../../wire/guid.ts';

const NOUN = ['report', 'reports'] as const;

export function registerDeleteReports(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  const ask = async (request: Request, response: Response, chosen: readonly Report[]) => {
    const own = chosen.filter((report) => !report.isBuiltIn);
    const kept = chosen.length - own.length;
    if (own.length === 0) {
      notify(request, 'Nothing was deleted: ready reports come with the program and stay.', 'bad');
      return response.redirect(303, at('/reports'));
    }
    const stay = kept === 0 ? '' : ` ${counted(kept, ['ready report', 'ready reports'])} among them will stay.`;
    await askFirst(request, response, {
      title: `Delete ${counted(own.length, NOUN)}?`,
      text: `Their SQL is gone then; the audit log keeps its last text. Results that people have are kept for their day.${stay}`,
      items: own.map(({ name }) => name),
      action: at('/reports/delete'),
      hidden: [['ids', own.map(({ guid }) => guid).join()]],
      submit: `Delete ${counted(own.length, NOUN)}`,
      danger: true,
      cancel: own.length === 1 && chosen.length === 1 ? at(`/reports/${own[0]!.guid}`) : at('/reports'),
    });
  };

  router.get('/reports/:guid/delete', requirePrivilege('sql'), async (request, response) => {
    await ask(request, response, [await loadReport(cmdb, request)]);
  });

  router.post('/reports/delete', requirePrivilege('sql'), async (request, response) => {
    const chosenIds = await selection(request, await reportList(context));
    const guids = chosenIds.flatMap((id) => parseGuid(id) ?? []);
    if (!isConfirmed(request)) {
      const chosen = await Promise.all(guids.map((guid) => getReport(cmdb, guid)));
      return ask(
        request,
        response,
        chosen.filter((report) => report !== undefined),
      );
    }
    const deleted = await deleteReports(cmdb, clock, actorOf(request), guids);
    notify(request, `${counted(deleted, NOUN)} ${deleted === 1 ? 'was' : 'were'} deleted.`);
    response.redirect(303, at('/reports'));
  });
}

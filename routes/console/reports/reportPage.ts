/** One report: what it shows, what it asks, and the button that runs it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { recordAudit } from '../../../models/audit/audit.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import type { Report } from '../../../models/reports/definition.ts';
import { fieldOf, readValues, type ParameterValue } from '../../../models/reports/parameterValues.ts';
import type { Cell } from '../cells.ts';
import { attempt, showForm, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import type { PageModel } from '../render.ts';
import { actorOf, currentUser, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadReport } from './loadReport.ts';
import { Choices, parameterFields } from './parameterForm.ts';

/** Most reports are there before somebody has looked up; the others go on by themselves. */
const WAIT_MS = 1500;

export function registerReportPage(router: Router, context: AppContext): void {
  const { cmdb, clock, reports } = context;
  const choices = new Choices(reports);

  const show = async (
    request: Request,
    response: Response,
    report: Report,
    values: FormValues,
    errors: readonly FieldError[] = [],
  ) => {
    const disabled = lockOf(request, 'reports') ?? reports.runner.switchedOff;
    const user = currentUser(request);
    const fields = await parameterFields(report.parameters, (sql) =>
      disabled === undefined ? choices.of(user, sql) : Promise.resolve([]),
    );
    const form = {
      action: at(`/reports/${report.guid}/run`),
      sections: fields.length === 0 ? [] : [{ title: 'Parameters', fields }],
      values,
      errors,
      submit: 'Run report',
      cancel: at('/reports'),
      disabled,
    };
    await showForm(request, response, form, {
      ...reportFrame(request, report, 'report'),
      template: 'reports/report',
      facts: factsOf(report),
    });
  };

  router.get('/reports/:guid', async (request, response) => {
    const report = await loadReport(cmdb, request);
    const values = report.parameters.map(({ name, byDefault }) => {
      const given = request.query[fieldOf(name)];
      return [fieldOf(name), typeof given === 'string' ? given : byDefault];
    });
    await show(request, response, report, Object.fromEntries(values) as FormValues);
  });

  router.post('/reports/:guid/run', requirePrivilege('reports'), async (request, response) => {
    const report = await loadReport(cmdb, request);
    const body = (request.body ?? {}) as Record<string, string | undefined>;
    const texts = Object.fromEntries(
      report.parameters.map(({ name }) => [fieldOf(name), String(body[fieldOf(name)] ?? '')]),
    );
    const started = await attempt(async () => {
      if (reports.runner.switchedOff !== undefined) {
        throw new InvalidInput([{ field: '', message: reports.runner.switchedOff }]);
      }
      const values = readValues(report.parameters, texts);
      const run = reports.start(currentUser(request), report, values);
      await cmdb.transaction((session) =>
        recordAudit(session, clock, actorOf(request), {
          action: 'run',
          objectKind: 'report',
          objectGuid: report.guid,
          objectName: report.name,
          after: { parameters: said(values) },
        }),
      );
      return run;
    });
    if ('errors' in started) return show(request, response, report, texts, started.errors);
    await reports.settled(started.done, WAIT_MS);
    response.redirect(303, at(`/reports/runs/${started.done.id}`));
  });
}

const said = (values: readonly ParameterValue[]): Record<string, string | number | null> =>
  Object.fromEntries(values.map(({ name, value }) => [name, value]));

/** Title, tabs and buttons of all pages of a report. */
export function reportFrame(request: Request, report: Report, current: 'report' | 'plan'): PageModel {
  const page = at(`/reports/${report.guid}`);
  const noSql = lockOf(request, 'sql');
  const builtIn = report.isBuiltIn ? 'It comes with the program: copy it and change the copy.' : undefined;
  return {
    title: report.name,
    ...(report.description === '' ? {} : { subtitle: report.description }),
    breadcrumb: [
      { label: 'Reports', href: at('/reports') },
      ...(report.folder === '' ? [] : [{ label: report.folder, href: at('/reports', { folder: report.folder }) }]),
    ],
    tabs: [
      { label: 'Report', href: page, current: current === 'report' },
      { label: 'SQL and plan', href: `${page}/plan`, current: current === 'plan' },
    ],
    actions: [
      { label: 'Edit', href: `${page}/edit`, icon: 'edit', disabled: noSql ?? builtIn },
      { label: 'Copy', href: `${page}/copy`, icon: 'copy', disabled: noSql },
      { label: 'Delete', href: `${page}/delete`, icon: 'trash', danger: true, disabled: noSql ?? builtIn },
    ],
  };
}

function factsOf(report: Report): { label: string; cell: Cell }[] {
  const { lastRunAt, lastRunRows, lastRunMilliseconds, lastRunBy } = report;
  return [
    { label: 'Owner', cell: report.isBuiltIn ? 'Ready report, comes with the program' : report.createdBy },
    { label: 'Tags', cell: report.tags === '' ? 'None' : report.tags },
    { label: 'Last run', cell: { kind: 'time', at: lastRunAt, none: 'Never' } },
    {
      label: 'It took',
      cell: lastRunAt === null ? null : `${lastRunMilliseconds} ms for ${lastRunRows} rows, run by ${lastRunBy}`,
    },
    { label: 'Limits', cell: `${report.rowLimit.toLocaleString('en-US')} rows, ${report.timeLimitSeconds} seconds` },
    { label: 'GUID', cell: { kind: 'guid', guid: report.guid } },
  ];
}

/** Writing a report: new, changed or as a copy, with a preview that runs before anything is kept. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { recordAudit } from '../../../models/audit/audit.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import { createReport, updateReport } from '../../../models/reports/changeReports.ts';
import { readDefinition, ROW_LIMIT, TIME_LIMIT_SECONDS, type Report } from '../../../models/reports/definition.ts';
import { readValues } from '../../../models/reports/parameterValues.ts';
import { listFolders } from '../../../models/reports/reportStore.ts';
import { attempt, showForm, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, type Crumb } from '../render.ts';
import { actorOf, currentUser, requirePrivilege } from '../signedIn.ts';
import { loadReport } from './loadReport.ts';
import { definitionFrom, readReportForm, reportSections, valuesOf } from './reportForm.ts';
import { planOf } from './reportPlan.ts';
import { resultTable } from './resultTable.ts';

interface Editor {
  title: string;
  action: string;
  cancel: string;
  submit: string;
  breadcrumb: readonly Crumb[];
}

const EMPTY = { rowLimit: String(ROW_LIMIT), timeLimitSeconds: String(TIME_LIMIT_SECONDS), chartKind: '' };

export function registerChangeReports(router: Router, context: AppContext): void {
  const { cmdb, clock, reports } = context;

  const show = async (
    request: Request,
    response: Response,
    editor: Editor,
    values: FormValues,
    errors: readonly FieldError[] = [],
    preview?: object,
  ) => {
    const { title, breadcrumb, ...form } = editor;
    const sections = reportSections(values, await listFolders(cmdb));
    const also = { name: 'preview', label: 'Preview' };
    await showForm(
      request,
      response,
      { ...form, sections, values, errors, also },
      { title, breadcrumb, preview, template: 'reports/edit' },
    );
  };

  /** Runs what is typed and shows its first rows and plan; nothing is kept but a line in the audit log. */
  const preview = async (request: Request, response: Response, editor: Editor, values: FormValues) => {
    const tried = await attempt(async () => {
      if (reports.runner.switchedOff !== undefined)
        throw new InvalidInput([{ field: 'sql', message: reports.runner.switchedOff }]);
      const definition = readDefinition({ ...definitionFrom(values), name: 'Preview' });
      await cmdb.transaction((session) =>
        recordAudit(session, clock, actorOf(request), {
          action: 'preview',
          objectKind: 'report',
          objectName: String(values.name ?? ''),
          after: { sql: definition.sql },
        }),
      );
      const shown = await reports.preview(
        currentUser(request).guid,
        definition.sql,
        readValues(definition.parameters, {}),
      );
      return { definition, shown, plan: await planOf(reports, definition.sql, definition.parameters) };
    });
    if ('errors' in tried) return show(request, response, editor, values, tried.errors);
    const { definition, shown, plan } = tried.done;
    const table = await resultTable(cmdb, shown.result.columns, shown.rows);
    const facts = { rows: shown.rows.length, more: shown.result.cut !== undefined, milliseconds: shown.milliseconds };
    await show(request, response, editor, { ...values, ...valuesOf(definition, ['parameters']) }, [], {
      table,
      plan,
      ...facts,
    });
  };

  const fresh: Editor = {
    title: 'New report',
    action: at('/reports/new'),
    cancel: at('/reports'),
    submit: 'Create report',
    breadcrumb: [{ label: 'Reports', href: at('/reports') }],
  };

  router.get('/reports/new', requirePrivilege('sql'), (request, response) =>
    show(request, response, fresh, {
      ...EMPTY,
      sql: 'SELECT Guid, Name, Domain, [OS Name]\nFROM vComputer\nORDER BY Name',
    }),
  );

  router.post('/reports/new', requirePrivilege('sql'), async (request, response) => {
    const values = readReportForm(request);
    if (isPreview(request)) return preview(request, response, fresh, values);
    const result = await attempt(() => createReport(cmdb, clock, actorOf(request), definitionFrom(values)));
    if ('errors' in result) return show(request, response, fresh, values, result.errors);
    notify(request, `Report ${String(values.name)} was created.`);
    response.redirect(303, at(`/reports/${result.done}`));
  });

  router.get('/reports/:guid/copy', requirePrivilege('sql'), async (request, response) => {
    const report = await loadReport(cmdb, request);
    await show(
      request,
      response,
      { ...fresh, title: `Copy of ${report.name}` },
      { ...valuesOf(report), name: `${report.name} (copy)`.slice(0, 255) },
    );
  });

  router.get('/reports/:guid/edit', requirePrivilege('sql'), async (request, response) => {
    const report = await loadReport(cmdb, request);
    await show(request, response, editorOf(report), valuesOf(report));
  });

  router.post('/reports/:guid/edit', requirePrivilege('sql'), async (request, response) => {
    const report = await loadReport(cmdb, request);
    const values = readReportForm(request);
    if (isPreview(request)) return preview(request, response, editorOf(report), values);
    const result = await attempt(() =>
      updateReport(cmdb, clock, actorOf(request), report.guid, definitionFrom(values)),
    );
    if ('errors' in result) return show(request, response, editorOf(report), values, result.errors);
    if (!result.done) throw notFound('report');
    notify(request, `Report ${String(values.name)} was changed.`);
    response.redirect(303, at(`/reports/${report.guid}`));
  });
}

const isPreview = (request: Request): boolean => (request.body as Record<string, unknown> | undefined)?.preview === '1';

function editorOf(report: Report): Editor {
  const page = at(`/reports/${report.guid}`);
  return {
    title: `Edit ${report.name}`,
    action: `${page}/edit`,
    cancel: page,
    submit: 'Apply',
    breadcrumb: [
      { label: 'Reports', href: at('/reports') },
      { label: report.name, href: page },
    ],
  };
}

/** Subnets from a CSV file, sent or pasted: first what each line would do and what comes of it, then all at once. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { textOf } from '../../../models/sites/changeSubnets.ts';
import { importSubnets, planImport, type ImportPlan, type PlannedSubnet } from '../../../models/sites/importSubnets.ts';
import { proposedBy } from '../../../models/sites/proposedSubnets.ts';
import type { Cell } from '../cells.ts';
import { attempt } from '../form.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify, render } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { previewFirst, type PreviewTable } from './previewFirst.ts';
import { sitesCrumb, subnetsCrumb } from './siteTabs.ts';

const NOUN = ['subnet', 'subnets'] as const;
/** Lines that are shown of each sort; the number of all of them is told. */
const SHOWN = 100;
const breadcrumb = [sitesCrumb, subnetsCrumb];

interface Sent {
  csv: string;
  createSites: boolean;
}

export function registerImportSubnets(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  const show = (request: Request, response: Response, sent: Sent, errors: readonly FieldError[] = []) =>
    render(
      request,
      response,
      'sites/import',
      {
        title: 'Import subnets',
        breadcrumb,
        errors,
        ...sent,
        action: at('/sites/subnets/import'),
        cancel: subnetsCrumb.href,
      },
      errors.length === 0 ? 200 : 422,
    );

  router.get('/sites/subnets/import', requirePrivilege('write'), (request, response) =>
    show(request, response, { csv: '', createSites: false }),
  );

  router.post('/sites/subnets/import', requirePrivilege('write'), async (request, response) => {
    const sent = sentBy(request);
    const read = await attempt(() => planImport(cmdb, sent.csv, sent));
    if ('errors' in read) return show(request, response, sent, read.errors);
    const plan = read.done;
    const count = plan.create.length + plan.change.length;
    if (count === 0 && plan.faults.length > 0) return show(request, response, sent, faultErrors(plan));
    if (count === 0) {
      notify(request, `Nothing to import: ${counted(plan.same, ['line says', 'lines say'])} what is there already.`);
      return response.redirect(303, subnetsCrumb.href);
    }
    const asked = await previewFirst(context, request, response, {
      title: `Import ${counted(count, NOUN)}?`,
      text: textOfPlan(plan),
      change: await proposedBy(cmdb, plan),
      tables: tablesOf(plan),
      action: at('/sites/subnets/import'),
      hidden: [['csv', sent.csv], ...(sent.createSites ? [['createSites', '1'] as const] : [])],
      submit: `Import ${counted(count, NOUN)}`,
      cancel: at('/sites/subnets/import'),
      breadcrumb,
      always: true,
    });
    if (asked) return;
    const result = await attempt(() => importSubnets(cmdb, clock, actorOf(request), sent.csv, sent));
    if ('errors' in result) return show(request, response, sent, result.errors);
    const { create, change } = result.done;
    const done = [...some(create.length, 'made'), ...some(change.length, 'changed')];
    notify(request, `${done.join(', ')}; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  });
}

/** A file counts more than what is pasted. */
function sentBy(request: Request): Sent {
  const { csv, file, createSites } = (request.body ?? {}) as Record<string, unknown>;
  const text = typeof file === 'string' && file.trim() !== '' ? file : typeof csv === 'string' ? csv : '';
  return { csv: text, createSites: createSites === '1' };
}

const MOST_ERRORS = 10;

function faultErrors({ faults }: ImportPlan): FieldError[] {
  const errors = faults
    .slice(0, MOST_ERRORS)
    .map(({ number, reason }) => ({ field: 'csv', message: `Line ${number}: ${reason}` }));
  const rest = faults.length - errors.length;
  return rest === 0
    ? errors
    : [...errors, { field: 'csv', message: `${counted(rest, ['more line', 'more lines'])} cannot be taken.` }];
}

function textOfPlan({ create, change, same, faults, newSites, unknownSites }: ImportPlan): string {
  const parts = [
    `${[...some(create.length, 'would be made'), ...some(change.length, 'would be changed')].join(', ')}.`,
    same === 0 ? '' : `${counted(same, ['line says', 'lines say'])} what is there already.`,
    newSites.length === 0
      ? ''
      : `New sites: ${newSites
          .slice(0, 20)
          .map(({ name }) => name)
          .join(', ')}${newSites.length > 20 ? ` and ${newSites.length - 20} more` : ''}.`,
    faults.length === 0 ? '' : `${counted(faults.length, ['line is', 'lines are'])} wrong and left out.`,
    unknownSites.length === 0
      ? ''
      : `${counted(unknownSites.length, ['site is', 'sites are'])} not there: go back and tick “Make sites that are not there” to have them made.`,
    'Subnets that the file does not name stay as they are.',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** `2 subnets made`; nothing for none. */
const some = (count: number, done: string): string[] => (count === 0 ? [] : [`${counted(count, NOUN)} ${done}`]);

const titled = (title: string, count: number): string =>
  count > SHOWN ? `${title}: the first ${SHOWN} of ${counted(count, ['line', 'lines'])}` : title;

function tablesOf({ create, change, faults }: ImportPlan): { title: string; table: PreviewTable }[] {
  const tables: { title: string; table: PreviewTable }[] = [];
  const line = { label: 'Line', numeric: true };
  if (faults.length > 0) {
    const rows = faults
      .slice(0, SHOWN)
      .map(({ number, text, reason }): Cell[] => [number, { kind: 'code', text }, { kind: 'prose', text: reason }]);
    const columns = [line, { label: 'What it says' }, { label: 'What is wrong' }];
    tables.push({
      title: titled('Left out', faults.length),
      table: { caption: 'Lines that are left out', columns, rows },
    });
  }
  if (change.length > 0) {
    const rows = change
      .slice(0, SHOWN)
      .map((planned): Cell[] => [
        ...firstCells(planned),
        planned.before.siteName ?? 'No site',
        planned.siteName ?? 'No site',
        planned.before.name === planned.name
          ? planned.name
          : { kind: 'text', text: planned.name, note: `was ${planned.before.name || 'empty'}` },
      ]);
    const columns = [line, { label: 'Subnet' }, { label: 'Site now' }, { label: 'Afterwards' }, { label: 'Name' }];
    tables.push({ title: titled('Changed', change.length), table: { caption: 'Subnets that change', columns, rows } });
  }
  if (create.length > 0) {
    const rows = create
      .slice(0, SHOWN)
      .map((planned): Cell[] => [...firstCells(planned), planned.siteName ?? 'No site', planned.name]);
    const columns = [line, { label: 'Subnet' }, { label: 'Site' }, { label: 'Name' }];
    tables.push({ title: titled('New', create.length), table: { caption: 'Subnets that are made', columns, rows } });
  }
  return tables;
}

const firstCells = (planned: PlannedSubnet): Cell[] => [planned.line, { kind: 'code', text: textOf(planned.subnet) }];

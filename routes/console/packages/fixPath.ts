/** Fix path: where the sources of one or several packages lie now. One field; every location is looked at before any is saved. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { commonBeginning, fixPaths, MOST_AT_ONCE, packagesWithSource } from '../../../models/packages/fixPaths.ts';
import type { PackageRow } from '../../../models/packages/packageRow.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted } from '../format.ts';
import { PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES, PACKAGES } from './chosenPackages.ts';
import { packagesCrumb } from './packagePage.ts';

const problemsCrumb = { label: 'With problems', href: at('/packages/problems') };

export function registerFixPath(router: Router, context: AppContext): void {
  const { cmdb, clock, settings } = context;
  const problems = LIST_PAGES.find(({ path }) => path === problemsPath)!;

  router.post(`${problemsPath}/fixPath`, requirePrivilege('write'), async (request, response) => {
    const rows = await withSource(context, await chosenPackages(request, context, problems));
    await show(request, response, rows, { to: commonOf(rows) }, []);
  });

  router.get('/packages/:guid/fixPath', requirePrivilege('write'), async (request, response) => {
    const guid = parseGuid(String(request.params.guid));
    const rows = await withSource(context, guid === undefined ? [] : [guid]);
    await show(request, response, rows, { to: commonOf(rows) }, []);
  });

  router.post('/packages/fixPath', requirePrivilege('write'), async (request, response) => {
    const { guids = '', from = '' } = (request.body ?? {}) as Record<string, unknown>;
    const chosen = String(guids)
      .split(',')
      .map((guid) => parseGuid(guid))
      .filter((guid) => guid !== undefined);
    const rows = await withSource(context, chosen);
    const values = readForm(request, sections(rows));
    const change = { from: String(from), to: textOf(values, 'to') };
    const result = await attempt(() => fixPaths(cmdb, clock, actorOf(request), chosen, change, sourceLimits(settings)));
    if ('errors' in result) return show(request, response, rows, values, result.errors);
    const left = rows.length - result.done;
    notify(
      request,
      `${counted(result.done, PACKAGES)} ${result.done === 1 ? 'has its' : 'have their'} new location, and ${result.done === 1 ? 'is' : 'are'} looked at now.${left === 0 ? '' : ` ${counted(left, PACKAGES)} left as before: changed by somebody meanwhile.`}`,
      result.done > 0 ? 'ok' : 'bad',
    );
    response.redirect(303, rows.length === 1 ? at(`/packages/${rows[0]!.Guid}`) : at(problemsPath));
  });
}

const problemsPath = '/packages/problems';

const commonOf = (rows: readonly PackageRow[]): string => commonBeginning(rows.map(({ SourcePath }) => SourcePath));

/** @throws PageError when none of them has a source */
async function withSource({ cmdb }: AppContext, guids: readonly Guid[]): Promise<PackageRow[]> {
  const rows = await packagesWithSource(cmdb, guids);
  if (rows.length > 0) return rows;
  const advice = 'A package of command lines only has no path, and one that was deleted has nothing at all.';
  throw new PageError(422, 'There is no path to mend', 'Nothing was changed.', advice);
}

function sections(rows: readonly PackageRow[]): FieldSection[] {
  const [first] = rows;
  const isOne = rows.length === 1;
  return [
    {
      fields: [
        {
          name: 'to',
          label: isOne ? 'Package location' : 'The beginning they have in common lies now at',
          required: true,
          code: true,
          maxLength: 1000,
          autocomplete: 'off',
          help: isOne
            ? `Was ${first!.SourcePath}. It is looked at before anything is saved.`
            : `Was ${commonOf(rows) || 'nothing at all: each location is put behind what you enter'}. Every location is looked at before any is saved; nothing else of the packages changes.`,
        },
      ],
    },
  ];
}

function show(
  request: Request,
  response: Response,
  rows: readonly PackageRow[],
  values: FormValues,
  errors: readonly FieldError[],
): Promise<void> {
  const isOne = rows.length === 1;
  const form = {
    action: at('/packages/fixPath'),
    sections: sections(rows),
    values,
    errors,
    submit: isOne ? 'Fix path' : `Fix ${counted(rows.length, ['path', 'paths'])}`,
    cancel: at(problemsPath),
    hidden: [
      ['guids', rows.map(({ Guid }) => Guid).join()],
      ['from', commonOf(rows)],
    ] as const,
  };
  return showForm(request, response, form, {
    title: isOne ? `Fix the path of ${rows[0]!.Name}` : `Fix the paths of ${counted(rows.length, PACKAGES)}`,
    ...(rows.length === MOST_AT_ONCE ? { subtitle: `The first ${MOST_AT_ONCE} of those chosen.` } : {}),
    breadcrumb: [packagesCrumb, problemsCrumb],
    template: 'packages/fixPath',
    table: isOne ? undefined : tableOf(rows),
  });
}

const tableOf = (rows: readonly PackageRow[]) => ({
  caption: 'Packages and their locations',
  columns: [{ label: 'Package' }, { label: 'Location' }, { label: 'Problem' }],
  rows: rows.map((row): Cell[] => [
    { kind: 'link', text: row.Name, href: at(`/packages/${row.Guid}`) },
    { kind: 'code', text: row.SourcePath },
    { kind: 'prose', text: row.StateDetail },
  ]),
});

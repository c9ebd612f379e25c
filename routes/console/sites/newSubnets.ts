/** Add subnets: one a line, all of them or none. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { InvalidInput, type FieldError } from '../../../models/fieldErrors.ts';
import { checkSubnets, createSubnets } from '../../../models/sites/changeSubnets.ts';
import { siteChoices } from '../../../models/sites/listSites.ts';
import { toSites } from '../../../models/sites/proposedSubnets.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { attempt, readForm, showForm, textOf, type Field, type FieldSection, type FormValues } from '../form.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { carried, previewFirst } from './previewFirst.ts';
import { sitesCrumb, subnetsCrumb } from './siteTabs.ts';

const MOST = 1000;
const NOUN = ['subnet', 'subnets'] as const;
/** Faulty lines that are named one by one. */
const NAMED = 10;

const SUBNETS_FIELD: Field = {
  name: 'subnets',
  label: 'Subnets',
  kind: 'textarea',
  required: true,
  rows: 8,
  code: true,
  help: 'One a line, as 10.1.0.0/16, 10.1.0.0/255.255.0.0 or 2001:db8::/32. A name may follow after a space.',
};

/** A site, or none. */
export async function siteField({ cmdb }: AppContext): Promise<Field> {
  const sites = await siteChoices(cmdb);
  return {
    name: 'siteGuid',
    label: 'Site',
    kind: 'select',
    options: [{ value: '', label: 'No site' }, ...sites.map(({ Guid, Name }) => ({ value: Guid, label: Name }))],
  };
}

export function registerNewSubnets(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  const sections = async (): Promise<FieldSection[]> => [{ fields: [SUBNETS_FIELD, await siteField(context)] }];

  const show = async (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/sites/subnets/new'),
        sections: await sections(),
        values,
        errors,
        submit: 'Add subnets',
        cancel: subnetsCrumb.href,
      },
      { title: 'Add subnets', breadcrumb: [sitesCrumb, subnetsCrumb] },
    );

  router.get('/sites/subnets/new', requirePrivilege('write'), (request, response) =>
    show(request, response, { siteGuid: parseGuid(String(request.query.site)) ?? '' }, []),
  );

  router.post('/sites/subnets/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, await sections());
    const lines = linesOf(textOf(values, 'subnets'));
    const inputs = lines.map((line) => inputOf(line, textOf(values, 'siteGuid')));
    const checked = await attempt(() => check(inputs));
    if ('errors' in checked) return show(request, response, values, atLines(lines, checked.errors));
    const asked = await previewFirst(context, request, response, {
      title: `Add ${counted(lines.length, NOUN)}?`,
      change: { subnets: await toSites(cmdb, checked.done) },
      action: at('/sites/subnets/new'),
      hidden: carried(values),
      submit: `Add ${counted(lines.length, NOUN)}`,
      cancel: subnetsCrumb.href,
      breadcrumb: [sitesCrumb, subnetsCrumb],
    });
    if (asked) return;
    const result = await attempt(() => createSubnets(cmdb, clock, actorOf(request), inputs));
    if ('errors' in result) return show(request, response, values, atLines(lines, result.errors));
    notify(request, `${counted(result.done.length, NOUN)} added; computers have their new sites.`);
    response.redirect(303, subnetsCrumb.href);
  });

  const check = async (inputs: readonly object[]) => {
    const fault = (message: string): InvalidInput => new InvalidInput([{ field: 'subnets', message }]);
    if (inputs.length === 0) throw fault('Enter at least one subnet.');
    if (inputs.length > MOST) throw fault(`Add at most ${MOST} subnets at once, or import a file.`);
    return checkSubnets(cmdb, inputs);
  };
}

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

function inputOf(line: string, siteGuid: string) {
  const [subnet, ...name] = line.split(/\s+/);
  return { subnet, name: name.join(' '), siteGuid };
}

/** `3.subnet` is the fourth line: it is named by what stands in it. */
function atLines(lines: readonly string[], errors: readonly FieldError[]): FieldError[] {
  const faults = errors.map(({ field, message }): FieldError => {
    const [index, part] = field.split('.');
    if (part === undefined) return { field: 'subnets', message };
    return part === 'siteGuid'
      ? { field: part, message }
      : { field: 'subnets', message: `“${lines[Number(index)]}”: ${message}` };
  });
  const distinct = faults.filter(
    (fault, index) => faults.findIndex(({ message }) => message === fault.message) === index,
  );
  const rest = distinct.length - NAMED;
  return rest <= 0
    ? distinct
    : [...distinct.slice(0, NAMED), { field: 'subnets', message: `${rest} more lines cannot be taken.` }];
}

/** Corrects which value of an event goes to which column. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { LAST_POSITION } from '../../../models/dataClasses/classInput.ts';
import { positionField, reorderColumns } from '../../../models/dataClasses/changeClass.ts';
import type { DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { classCrumb, classesCrumb, loadClass } from './loadClass.ts';

function sections({ columns }: DataClassDetail, waiting: number): FieldSection[] {
  const underWay =
    waiting === 0
      ? 'No event waits at the moment.'
      : `${counted(waiting, ['event waits', 'events wait'])} at the moment; those of this class are read in the new order, too.`;
  return [
    {
      help: `The number is N of the value cN that an event brings. Rows that are there stay as they are until a resource sends the class again. Events are read in the new order within five seconds. ${underWay}`,
      fields: columns.map(({ name }, index) => ({
        name: positionField(index),
        label: name,
        kind: 'number',
        min: 0,
        max: LAST_POSITION,
        required: true,
      })),
    },
  ];
}

const valuesOf = ({ columns }: DataClassDetail): FormValues =>
  Object.fromEntries(columns.map(({ position }, index) => [positionField(index), String(position)]));

function positionsOf({ columns }: DataClassDetail, values: FormValues): Map<string, number> {
  const number = (text: string): number => (/^\d{1,6}$/.test(text) ? Number(text) : Number.NaN);
  return new Map(columns.map(({ name }, index) => [name, number(textOf(values, positionField(index)))]));
}

export function registerColumnOrder(router: Router, { cmdb, clock, queue }: AppContext): void {
  const show = async (
    request: Request,
    response: Response,
    found: DataClassDetail,
    values: FormValues,
    errors: readonly FieldError[] = [],
  ) => {
    const { depth } = await queue.state();
    await showForm(
      request,
      response,
      {
        action: at(`/data-classes/${found.guid}/columns`),
        sections: sections(found, depth),
        values,
        errors,
        submit: 'Save the order',
        cancel: at(`/data-classes/${found.guid}`),
      },
      { title: 'Order of columns', breadcrumb: [classesCrumb, classCrumb(found)] },
    );
  };

  router.get('/data-classes/:guid/columns', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    await show(request, response, found, valuesOf(found));
  });

  router.post('/data-classes/:guid/columns', requirePrivilege('write'), async (request, response) => {
    const found = await loadClass(cmdb, request);
    const values = readForm(request, sections(found, 0));
    const result = await attempt(() =>
      reorderColumns(cmdb, clock, actorOf(request), found.guid, positionsOf(found, values)),
    );
    if ('errors' in result) return show(request, response, found, values, result.errors);
    notify(request, `The order of columns of ${found.name} was saved.`);
    response.redirect(303, at(`/data-classes/${found.guid}`));
  });
}

/** The tab Package: what it is, how its source stands, and the form that changes it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import { packageInputOf } from '../../../models/packages/packageRow.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { updatePackage } from '../../../models/packages/updatePackage.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';
import { packageInput, packageSections, packageValues } from './packageForm.ts';
import { packagePage, packagesCrumb } from './packagePage.ts';
import { situationOf } from './packageSituation.ts';

export function registerEditPackage(router: Router, context: AppContext): void {
  const { cmdb, clock, settings } = context;

  const show = (
    request: Request,
    response: Response,
    software: PackageDetail,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const form = {
      action: at(`/packages/${software.Guid}`),
      sections: packageSections(software.CleanupAfterMinutes),
      values,
      errors,
      submit: 'Apply',
      cancel: packagesCrumb.href,
      disabled: lockOf(request, 'write'),
    };
    return showForm(request, response, form, {
      ...packagePage(context, request, software, ''),
      template: 'packages/package',
      situation: situationOf(software, clock.now()),
      facts: factsOf(software),
    });
  };

  router.get('/packages/:guid', async (request, response) => {
    const software = await loadPackage(cmdb, request);
    await show(request, response, software, packageValues(packageInputOf(software)), []);
  });

  router.post('/packages/:guid', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const values = readForm(request, packageSections());
    const result = await attempt(() =>
      updatePackage(cmdb, clock, actorOf(request), software.Guid, packageInput(values), sourceLimits(settings)),
    );
    if ('errors' in result) return show(request, response, software, values, result.errors);
    if (!result.done) throw notFound('package');
    notify(request, `Package ${textOf(values, 'name')} was changed.`);
    response.redirect(303, at(`/packages/${software.Guid}`));
  });
}

function factsOf(software: PackageDetail): { label: string; cell: Cell }[] {
  const { snapshot } = software;
  return [
    { label: 'GUID', cell: { kind: 'guid', guid: software.Guid } },
    { label: 'Package version', cell: snapshot === undefined ? 'None yet' : String(snapshot.Version) },
    { label: 'Published', cell: { kind: 'time', at: snapshot?.CreatedAt ?? null, none: 'None yet' } },
    { label: 'Files', cell: snapshot?.FileCount ?? null },
    { label: 'Size', cell: { kind: 'bytes', bytes: snapshot?.TotalSize ?? null } },
    {
      label: 'Hash of the manifest (SHA-256)',
      cell: snapshot === undefined ? null : { kind: 'code', text: snapshot.Hash, copy: true },
    },
    { label: 'Last refresh', cell: { kind: 'time', at: software.LastRefreshAt, none: 'Never' } },
    { label: 'Next refresh', cell: { kind: 'time', at: software.NextRefreshAt, none: 'When asked' } },
    { label: 'Created', cell: { kind: 'time', at: software.CreatedAt } },
    { label: 'Created by', cell: software.CreatedBy },
    { label: 'Modified', cell: { kind: 'time', at: software.ModifiedAt } },
    { label: 'Modified by', cell: software.ModifiedBy },
    { label: 'Last asked for', cell: { kind: 'time', at: software.LastUsedAt, none: 'Never' } },
    { label: 'Owner', cell: software.Owner || 'Nobody' },
  ];
}

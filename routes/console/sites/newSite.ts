/** A new site. Its subnets are added on the page that follows. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { checkNewSite, createSite } from '../../../models/sites/changeSites.ts';
import { newGuid } from '../../../wire/guid.ts';
import { attempt, readForm, showForm, textOf, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { carried, previewFirst } from './previewFirst.ts';
import { ruleOf, siteInput, siteSections } from './siteForm.ts';
import { sitesCrumb } from './siteTabs.ts';

export function registerNewSite(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  const show = async (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/sites/new'),
        sections: await siteSections(cmdb),
        values,
        errors,
        submit: 'Create site',
        cancel: sitesCrumb.href,
      },
      { title: 'New site', breadcrumb: [sitesCrumb] },
    );

  router.get('/sites/new', requirePrivilege('write'), (request, response) =>
    show(request, response, { fallback: 'server', fallbackMinutes: '0' }, []),
  );

  router.post('/sites/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, await siteSections(cmdb));
    const checked = await attempt(() => checkNewSite(cmdb, siteInput(values)));
    if ('errors' in checked) return show(request, response, values, checked.errors);
    const asked = await previewFirst(context, request, response, {
      title: `Make the site ${checked.done.name}?`,
      change: { rules: [ruleOf(newGuid(), checked.done)] },
      action: at('/sites/new'),
      hidden: carried(values),
      submit: 'Create site',
      cancel: sitesCrumb.href,
      breadcrumb: [sitesCrumb],
    });
    if (asked) return;
    const result = await attempt(() => createSite(cmdb, clock, actorOf(request), siteInput(values)));
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `Site ${textOf(values, 'name')} was created. Add its subnets, so that computers belong to it.`);
    response.redirect(303, at(`/sites/${result.done}`));
  });
}

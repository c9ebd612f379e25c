/** Switch packages off: the question with its effect, then the deed. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { setPackagesEnabled } from '../../../models/packages/updatePackage.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES, namesOf, PACKAGES } from './chosenPackages.ts';
import { loadPackage } from './loadPackage.ts';
import { packageCrumb, packagesCrumb } from './packagePage.ts';
import { disablingEffect } from './removalQuestion.ts';

export function registerListDisable(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  for (const page of LIST_PAGES) {
    router.post(`${page.path}/disable`, requirePrivilege('write'), async (request, response) => {
      const guids = await chosenPackages(request, context, page);
      if (!isConfirmed(request)) {
        const { text, items } = await disablingEffect(context, guids);
        const title = `Disable ${counted(guids.length, PACKAGES)}?`;
        return askFirst(request, response, {
          title,
          text: `They are neither refreshed nor delivered any more. ${text}`,
          items: [...items, ...(await namesOf(cmdb, guids))],
          action: at(`${page.path}/disable`),
          hidden: [['ids', guids.join()]],
          submit: title.slice(0, -1),
          danger: true,
          cancel: at(page.path),
        });
      }
      const changed = await setPackagesEnabled(cmdb, clock, actorOf(request), guids, false);
      const rest = guids.length - changed;
      const left = rest === 0 ? '' : ` ${counted(rest, PACKAGES)} left as before: disabled already.`;
      const said = `${counted(changed, PACKAGES)} ${changed === 1 ? 'is' : 'are'} disabled.${left}`;
      notify(request, said, changed > 0 ? 'ok' : 'bad');
      response.redirect(303, at(page.path));
    });
  }
}

export function registerDisablePackage(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get('/packages/:guid/disable', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const { text, items } = await disablingEffect(context, [software.Guid]);
    const question = {
      title: `Disable the package ${software.Name}?`,
      text: `It is neither refreshed nor delivered any more. ${text}`,
      items,
      action: at(`/packages/${software.Guid}/disable`),
      submit: 'Disable the package',
      danger: true,
      cancel: at(`/packages/${software.Guid}`),
    };
    await askFirst(request, response, question, { breadcrumb: [packagesCrumb, packageCrumb(software)] });
  });

  router.post('/packages/:guid/disable', requirePrivilege('write'), async (request, response) => {
    const software = await loadPackage(cmdb, request);
    const changed = await setPackagesEnabled(cmdb, clock, actorOf(request), [software.Guid], false);
    const said = changed > 0 ? `${software.Name} is disabled.` : 'Nothing was changed: it is disabled already.';
    notify(request, said, changed > 0 ? 'ok' : 'bad');
    response.redirect(303, at(`/packages/${software.Guid}`));
  });
}

/** What holds for all package servers, and for this server's own codebases. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import {
  changeServiceSettings,
  readServiceSettings,
  serviceSettings,
  type ServiceSettings,
} from '../../../models/packageServers/serviceSettings.ts';
import { withSettings } from '../../../models/packageServers/withoutSource.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { askAboutLoss } from './askAboutLoss.ts';
import { serverTabs } from './serverTabs.ts';

const SECTIONS: readonly FieldSection[] = [
  {
    title: 'This server’s own files',
    help: 'Package servers fetch from here, and computers that no package server serves.',
    fields: [
      { name: 'offerHttps', label: 'Offered over HTTPS', kind: 'checkbox' },
      {
        name: 'offerHttp',
        label: 'Offered over HTTP',
        kind: 'select',
        options: [
          { value: 'alone', label: 'Only where HTTPS is not served' },
          { value: 'always', label: 'Always' },
          { value: 'never', label: 'Never' },
        ],
      },
    ],
  },
  {
    title: 'Agents',
    fields: [
      { name: 'speedTest', label: 'Measure sources before choosing', kind: 'checkbox', help: 'SpeedTestCodebases.' },
      {
        name: 'maxTryingMinutes',
        label: 'Offer this server’s own site after',
        kind: 'number',
        min: 0,
        max: 10_080,
        unit: 'minutes',
        help: 'For agents of every site, whatever its fallback. 0: never. MaxAgentDownloadTryingTimeMins.',
      },
    ],
  },
];

export function registerServiceSettings(router: Router, context: AppContext): void {
  const { cmdb, clock, packageServers } = context;
  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/package-servers/settings'),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Apply',
        cancel: at('/package-servers'),
        disabled: lockOf(request, 'write'),
      },
      { title: 'Package servers', tabs: serverTabs('/package-servers/settings') },
    );

  router.get('/package-servers/settings', async (request, response) => {
    await show(request, response, valuesOf(await readServiceSettings(cmdb)), []);
  });

  router.post('/package-servers/settings', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const input = {
      offerHttps: textOf(values, 'offerHttps') === '1',
      offerHttp: textOf(values, 'offerHttp'),
      speedTest: textOf(values, 'speedTest') === '1',
      maxTryingMinutes: textOf(values, 'maxTryingMinutes'),
    };
    const read = serviceSettings.safeParse(input);
    const path = at('/package-servers/settings');
    const change = { submit: 'Apply', action: path, values, cancel: path };
    const after = read.success ? withSettings(packageServers.placement, read.data) : packageServers.placement;
    if (await askAboutLoss(context, request, response, after, change)) return;
    const result = await attempt(() => changeServiceSettings(cmdb, clock, actorOf(request), input));
    if ('errors' in result) return show(request, response, values, result.errors);
    await packageServers.refresh(cmdb);
    notify(request, 'The settings of the package service were changed.');
    response.redirect(303, path);
  });
}

const valuesOf = (settings: ServiceSettings): FormValues => ({
  offerHttps: settings.offerHttps ? '1' : '',
  offerHttp: settings.offerHttp,
  speedTest: settings.speedTest ? '1' : '',
  maxTryingMinutes: String(settings.maxTryingMinutes),
});

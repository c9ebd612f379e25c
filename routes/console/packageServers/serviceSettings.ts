/** What holds for all package servers, and for this server's own codebases. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { namesIn, valuesInForce, inheritableOf } from '../../../models/packageServers/inheritance.ts';
import {
  changeServiceSettings,
  readServiceSettings,
  serviceSettings,
  type ServiceSettings,
} from '../../../models/packageServers/serviceSettings.ts';
import type { SourceChange } from '../../../models/packageServers/whoLosesSources.ts';
import { askBeforeLoss } from '../askBeforeLoss.ts';
import type { Cell } from '../cells.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';
import { forAllInput, forAllValues, inheritableLabels, inheritableSection, valueText } from './serverForm.ts';
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
      {
        name: 'offerUnc',
        label: 'Offered over the share of the source',
        kind: 'checkbox',
        help: 'GenerateNSUNCPackageCodebases: agents must be able to read the share that a package comes from.',
      },
    ],
  },
  {
    title: 'Package servers',
    help: 'What holds for every package server that has no value of its own. Settings says so on the page of each.',
    fields: [
      ...inheritableSection,
      {
        name: 'releaseAfterDays',
        label: 'Sites give up what they need no more after',
        kind: 'number',
        min: 0,
        max: 3650,
        unit: 'days',
        help: 'Packages that go to sites automatically: from the day on which no policy needs them there any more. 0: never.',
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
      {
        title: 'Package servers',
        tabs: serverTabs('/package-servers/settings'),
        template: 'packageServers/serviceSettings',
        own: ownValues(context),
      },
    );

  router.get('/package-servers/settings', async (request, response) => {
    await show(request, response, valuesOf(await readServiceSettings(cmdb)), []);
  });

  router.post('/package-servers/settings', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const input = inputOf(values);
    const read = serviceSettings.safeParse(input);
    const path = at('/package-servers/settings');
    const change = { submit: 'Apply', action: path, values, cancel: path };
    if (read.success && (await askBeforeLoss(context, request, response, changeOf(context, read.data), change))) return;
    const result = await attempt(() => changeServiceSettings(cmdb, clock, actorOf(request), input));
    if ('errors' in result) return show(request, response, values, result.errors);
    await packageServers.refresh(cmdb);
    notify(request, 'The settings of the package service were changed.');
    response.redirect(303, path);
  });
}

/** What it would be for the servers that follow it, too. */
function changeOf({ packageServers }: AppContext, settings: ServiceSettings): SourceChange {
  const servers = new Map(
    [...packageServers.placement.servers.values()]
      .filter(({ record }) => record.settings.Inherited !== '')
      .map(({ guid, record: { settings: row } }) => [
        guid,
        valuesInForce(inheritableOf(row), namesIn(row.Inherited), settings),
      ]),
  );
  return { settings, servers };
}

const MOST_OWN = 100;

/** Which servers do not follow, and in what; undefined while all do. */
function ownValues({ packageServers }: AppContext) {
  const own = [...packageServers.placement.servers.values()].flatMap(({ guid, name, record }) => {
    const inherited = namesIn(record.settings.Inherited);
    const values = inheritableOf(record.settings);
    const names = inheritableLabels().filter(([setting]) => !inherited.includes(setting));
    const words = names.map(([setting, label]) => `${label}: ${valueText(values, setting)}`);
    return words.length === 0 ? [] : [{ guid, name, words: words.join('; ') }];
  });
  if (own.length === 0) return undefined;
  return {
    total: own.length,
    table: {
      caption: 'Package servers with values of their own',
      columns: [{ label: 'Package server' }, { label: 'Own values' }],
      rows: own.slice(0, MOST_OWN).map(({ guid, name, words }): Cell[] => [
        { kind: 'link', text: name, href: at(`/package-servers/${guid}/settings`) },
        { kind: 'prose', text: words },
      ]),
    },
  };
}

const inputOf = (values: FormValues): Record<string, unknown> => ({
  offerHttps: textOf(values, 'offerHttps') === '1',
  offerHttp: textOf(values, 'offerHttp'),
  offerUnc: textOf(values, 'offerUnc') === '1',
  speedTest: textOf(values, 'speedTest') === '1',
  maxTryingMinutes: textOf(values, 'maxTryingMinutes'),
  releaseAfterDays: textOf(values, 'releaseAfterDays'),
  ...forAllInput(values),
});

const valuesOf = (settings: ServiceSettings): FormValues => ({
  offerHttps: settings.offerHttps ? '1' : '',
  offerHttp: settings.offerHttp,
  offerUnc: settings.offerUnc ? '1' : '',
  speedTest: settings.speedTest ? '1' : '',
  maxTryingMinutes: String(settings.maxTryingMinutes),
  releaseAfterDays: String(settings.releaseAfterDays),
  ...forAllValues(settings),
});

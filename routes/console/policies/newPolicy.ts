/** A new software-delivery policy. `?package=` offers one package's programs, `?computers=` fills the computers in. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { createSoftwarePolicy } from '../../../models/policies/changePolicies.ts';
import { typeComputers } from '../../../models/targets/typedComputers.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { policiesCrumb } from './policyPage.ts';
import { previewPolicy } from './previewPolicy.ts';
import { showChange } from './showChange.ts';
import { softwarePolicyInput, softwarePolicySections, withFormFields } from './softwarePolicyForm.ts';

const DEFAULTS: FormValues = {
  isEnabled: '1',
  when: 'asap',
  every: '1',
  multicast: '1',
  verboseStatusEvents: '1',
};

interface Shown {
  sections: FieldSection[];
  packageGuid: Guid | undefined;
}

export function registerNewPolicy(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  const shown = async (request: Request): Promise<Shown> => {
    const packageGuid = parseGuid(String(request.query.package));
    return { packageGuid, sections: await softwarePolicySections(context, undefined, packageGuid) };
  };

  const show = (
    request: Request,
    response: Response,
    { sections, packageGuid }: Shown,
    values: FormValues,
    errors: readonly FieldError[],
    preview?: readonly string[],
  ) =>
    showForm(
      request,
      response,
      {
        action: at('/policies/new', { package: packageGuid }),
        sections,
        values,
        errors,
        submit: 'Create policy',
        also: { name: 'preview', label: 'Preview' },
        cancel: policiesCrumb.href,
      },
      { title: 'New policy', breadcrumb: [policiesCrumb], template: 'policies/new', preview },
    );

  router.get('/policies/new', requirePrivilege('write'), async (request, response) => {
    const form = await shown(request);
    const computers = [request.query.computers ?? []].flat().join(',').split(',');
    const guids = computers.map((text) => parseGuid(text)).filter((guid) => guid !== undefined);
    const options = form.sections.flatMap(({ fields }) => fields).find(({ name }) => name === 'programGuid')!.options!;
    const only = form.packageGuid !== undefined && options.length === 2 ? options[1]!.value : '';
    const typed = (await typeComputers(cmdb, guids)).join('\n');
    await show(request, response, form, { ...DEFAULTS, programGuid: only, computers: typed }, []);
  });

  router.post('/policies/new', requirePrivilege('write'), async (request, response) => {
    const form = await shown(request);
    const values = readForm(request, form.sections);
    const isPreview = (request.body as Record<string, unknown>).preview !== undefined;
    const result = await attempt(() =>
      withFormFields(async () => {
        const input = await softwarePolicyInput(context, values, undefined);
        return isPreview
          ? previewPolicy(context, input, undefined)
          : createSoftwarePolicy(cmdb, clock, actorOf(request), input);
      }),
    );
    if ('errors' in result) return show(request, response, form, values, result.errors);
    if (typeof result.done !== 'string') return show(request, response, form, values, [], result.done);
    await showChange(context, result.done);
    notify(request, `Policy ${textOf(values, 'name')} was created.`);
    response.redirect(303, at(`/policies/${result.done}`));
  });
}

/** Registration rules: the list in its order, new, edit, move, delete. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { createRule, deleteRule, moveRule, updateRule } from '../../../models/agents/changeRules.ts';
import { getRule, listRules, type RegistrationRule } from '../../../models/agents/rules.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt, readForm, showForm, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, render } from '../render.ts';
import { actorOf, may, MISSING_PRIVILEGE, requirePrivilege } from '../signedIn.ts';
import { registrationCrumb, registrationTabs } from './registrationTabs.ts';
import { RULE_SECTIONS, ruleInput, ruleValues } from './ruleForm.ts';

const RULES = { label: 'Rules', href: at('/registration/rules') };

export function registerRules(router: Router, { cmdb, clock }: AppContext): void {
  const load = async (request: Request): Promise<RegistrationRule> => {
    const guid = parseGuid(String(request.params.guid));
    const rule = guid && (await getRule(cmdb, guid));
    if (rule === undefined) throw notFound('registration rule');
    return rule;
  };

  const show = (
    request: Request,
    response: Response,
    rule: RegistrationRule | undefined,
    values: FormValues,
    errors: readonly FieldError[],
  ) => {
    const path = rule === undefined ? '/registration/rules/new' : `/registration/rules/${rule.guid}`;
    const disabled = may(request, 'write') ? undefined : MISSING_PRIVILEGE.write;
    const form = {
      action: at(path),
      sections: RULE_SECTIONS,
      values,
      errors,
      submit: rule === undefined ? 'Create rule' : 'Apply',
      cancel: RULES.href,
      disabled,
    };
    const remove = { label: 'Delete', href: at(`${path}/delete`), post: true, danger: true, disabled };
    return showForm(request, response, form, {
      title: rule?.name ?? 'New registration rule',
      breadcrumb: [registrationCrumb, RULES],
      actions: rule === undefined ? [] : [remove],
    });
  };

  router.get('/registration/rules', async (request, response) => {
    await render(request, response, 'registration/rules', {
      title: 'Registration',
      tabs: registrationTabs('/registration/rules'),
      rules: await listRules(cmdb),
      actions: [
        {
          label: 'New rule',
          href: at('/registration/rules/new'),
          icon: 'add',
          primary: true,
          disabled: may(request, 'write') ? undefined : MISSING_PRIVILEGE.write,
        },
      ],
    });
  });

  router.get('/registration/rules/new', requirePrivilege('write'), (request, response) =>
    show(request, response, undefined, { action: 'allow', isEnabled: '1' }, []),
  );

  router.post('/registration/rules/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, RULE_SECTIONS);
    const result = await attempt(() => createRule(cmdb, clock, actorOf(request), ruleInput(values)));
    if ('errors' in result) return show(request, response, undefined, values, result.errors);
    notify(request, 'The rule was created, after all others.');
    response.redirect(303, RULES.href);
  });

  router.get('/registration/rules/:guid', async (request, response) => {
    const rule = await load(request);
    await show(request, response, rule, ruleValues(rule), []);
  });

  router.post('/registration/rules/:guid', requirePrivilege('write'), async (request, response) => {
    const rule = await load(request);
    const values = readForm(request, RULE_SECTIONS);
    const result = await attempt(() => updateRule(cmdb, clock, actorOf(request), rule.guid, ruleInput(values)));
    if ('errors' in result) return show(request, response, rule, values, result.errors);
    notify(request, 'The rule was changed.');
    response.redirect(303, RULES.href);
  });

  for (const [verb, step] of [
    ['up', -1],
    ['down', 1],
  ] as const) {
    router.post(`/registration/rules/:guid/${verb}`, requirePrivilege('write'), async (request, response) => {
      const rule = await load(request);
      await moveRule(cmdb, clock, actorOf(request), rule.guid, rule.position + step);
      response.redirect(303, RULES.href);
    });
  }

  router.post('/registration/rules/:guid/delete', requirePrivilege('write'), async (request, response) => {
    const rule = await load(request);
    if (!isConfirmed(request)) {
      const question = {
        title: `Delete the rule ${rule.name}?`,
        text: 'Computers that it let in or kept out stay as they are; it decides about no further ones.',
        action: at(`/registration/rules/${rule.guid}/delete`),
        submit: 'Delete the rule',
        danger: true,
        cancel: RULES.href,
      };
      return askFirst(request, response, question, { breadcrumb: [registrationCrumb, RULES] });
    }
    await deleteRule(cmdb, clock, actorOf(request), rule.guid);
    notify(request, `Rule ${rule.name} was deleted.`);
    response.redirect(303, RULES.href);
  });
}

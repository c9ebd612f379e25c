/** Enrolment tokens: the list, a new one (shown once), revoke. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  createEnrolmentToken,
  listEnrolmentTokens,
  revokeEnrolmentToken,
  type EnrolmentToken,
} from '../../../models/agents/enrolmentTokens.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify, render } from '../render.ts';
import { actorOf, may, MISSING_PRIVILEGE, requirePrivilege } from '../signedIn.ts';
import { registrationCrumb, registrationTabs } from './registrationTabs.ts';

const DAY = 24 * 3600_000;
const TOKENS = { label: 'Enrolment tokens', href: at('/registration/tokens') };

const SECTIONS: readonly FieldSection[] = [
  {
    help: 'A computer that sends the token is let in without a click. The token also carries the fingerprint of this server’s certificate, so the agent knows whom it talks to.',
    fields: [
      {
        name: 'name',
        label: 'Name',
        required: true,
        maxLength: 255,
        help: 'For you: where it is used, for example “Berlin, autumn notebooks”.',
      },
      {
        name: 'maxUses',
        label: 'Computers it may let in',
        kind: 'number',
        min: 1,
        max: 1_000_000,
        help: 'Empty: any number.',
      },
      {
        name: 'days',
        label: 'Valid for',
        kind: 'number',
        unit: 'days',
        min: 1,
        max: 3650,
        help: 'Empty: until it is revoked.',
      },
    ],
  },
];

export function registerTokens(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;

  router.get('/registration/tokens', async (request, response) => {
    const disabled = may(request, 'write') ? undefined : MISSING_PRIVILEGE.write;
    const tokens = await listEnrolmentTokens(cmdb, clock);
    await render(request, response, 'registration/tokens', {
      title: 'Registration',
      tabs: registrationTabs('/registration/tokens'),
      actions: [{ label: 'New token', href: at('/registration/tokens/new'), icon: 'add', primary: true, disabled }],
      tokens: {
        caption: 'Enrolment tokens',
        columns: ['Name', 'State', 'Used', 'Expires', 'Made', 'By', ''].map((label) => ({ label })),
        rows: tokens.map((token) => tokenRow(token, disabled)),
      },
    });
  });

  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[]) =>
    showForm(
      request,
      response,
      {
        action: at('/registration/tokens/new'),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Create token',
        cancel: TOKENS.href,
      },
      { title: 'New enrolment token', breadcrumb: [registrationCrumb, TOKENS] },
    );

  router.get('/registration/tokens/new', requirePrivilege('write'), (request, response) =>
    show(request, response, { maxUses: '1', days: '7' }, []),
  );

  router.post('/registration/tokens/new', requirePrivilege('write'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const [uses, days] = [textOf(values, 'maxUses'), textOf(values, 'days')];
    if (days !== '' && !/^\d{1,4}$/.test(days))
      return show(request, response, values, [
        { field: 'days', message: 'Give a number of days from 1 to 3,650, or nothing.' },
      ]);
    const input = {
      name: textOf(values, 'name'),
      maxUses: uses === '' ? null : Number(uses),
      expiresAt: days === '' ? undefined : clock.now() + Number(days) * DAY,
    };
    const result = await attempt(() =>
      createEnrolmentToken(cmdb, clock, actorOf(request), input, context.certificate.pin),
    );
    if ('errors' in result) return show(request, response, values, result.errors);
    // Shown in the answer to the form and nowhere else: neither in an address nor in a session.
    await render(request, response, 'registration/token', {
      title: 'The token was created',
      breadcrumb: [registrationCrumb, TOKENS],
      token: result.done.token,
      command: `npm run ns -- agent --server ${context.publicUrl} --state /var/lib/ns-agent --token ${result.done.token}`,
    });
  });

  router.post('/registration/tokens/:guid/revoke', requirePrivilege('write'), async (request, response) => {
    const guid = parseGuid(String(request.params.guid));
    const token = (await listEnrolmentTokens(cmdb, clock)).find((candidate) => candidate.guid === guid);
    if (token === undefined) throw notFound('enrolment token');
    if (!isConfirmed(request)) return askToRevoke(request, response, token);
    await revokeEnrolmentToken(cmdb, clock, actorOf(request), token.guid);
    notify(request, `Token ${token.name} was revoked.`);
    response.redirect(303, TOKENS.href);
  });
}

function tokenRow(token: EnrolmentToken, disabled: string | undefined): Cell[] {
  const state = token.state === 'active' ? 'on' : token.state === 'used up' ? 'used_up' : token.state;
  return [
    token.name,
    { kind: 'state', state },
    token.maxUses === null ? `${token.usedCount} of any number` : `${token.usedCount} of ${token.maxUses}`,
    { kind: 'time', at: token.expiresAt, none: 'Never' },
    { kind: 'time', at: token.createdAt },
    token.createdBy,
    token.state === 'active'
      ? { kind: 'post', label: 'Revoke', href: at(`/registration/tokens/${token.guid}/revoke`), disabled }
      : null,
  ];
}

function askToRevoke(request: Request, response: Response, token: EnrolmentToken): Promise<void> {
  return askFirst(
    request,
    response,
    {
      title: `Revoke the token ${token.name}?`,
      text: `It lets no more computers in. The ${token.usedCount} that it let in stay registered.`,
      action: at(`/registration/tokens/${token.guid}/revoke`),
      submit: 'Revoke the token',
      danger: true,
      cancel: TOKENS.href,
    },
    { breadcrumb: [registrationCrumb, TOKENS] },
  );
}

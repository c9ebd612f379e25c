/** Computers that may send data of others than themselves. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { findComputer } from '../../../models/events/findComputer.ts';
import { allowSender, forbidSender, listSenderRights, type SenderRight } from '../../../models/events/senderRights.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { askFirst } from '../confirm.ts';
import { attempt, readForm, showForm, textOf, type FieldSection, type FormValues } from '../form.ts';
import type { ListDefinition } from '../list.ts';
import { answerList } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, lockOf, requirePrivilege } from '../signedIn.ts';

const PATH = '/events/senders';
const CRUMB = { label: 'Allowed senders', href: at(PATH) };
const WHAT =
  'A computer writes its own data and nothing else. One that imports assets, or collects inventory for machines without an agent, needs this right.';

const SECTIONS: readonly FieldSection[] = [
  {
    help: `${WHAT} It may then write the data of every resource: give it to few, and to none that users work on.`,
    fields: [
      { name: 'computer', label: 'Computer', required: true, maxLength: 255, help: 'Its name or GUID.' },
      { name: 'note', label: 'Why', maxLength: 500, help: 'For whoever looks at this list next year.' },
    ],
  },
];

const senderList = ({ cmdb }: AppContext, locked: string | undefined): ListDefinition<SenderRight> => ({
  path: PATH,
  noun: ['computer', 'computers'],
  sort: { key: 'name' },
  columns: [
    {
      key: 'name',
      label: 'Computer',
      cell: ({ guid, name }) => ({ kind: 'link', text: name, href: at(`/computers/${guid}`) }),
      sortable: false,
    },
    { key: 'note', label: 'Why', cell: ({ note }) => ({ kind: 'prose', text: note }), sortable: false },
    { key: 'since', label: 'Since', cell: ({ createdAt }) => ({ kind: 'time', at: createdAt }), sortable: false },
    { key: 'by', label: 'Allowed by', cell: ({ createdBy }) => createdBy, sortable: false },
    {
      key: 'action',
      label: 'Action',
      cell: ({ guid }) =>
        locked === undefined ? { kind: 'link', text: 'Take away', href: at(`${PATH}/${guid}/forbid`) } : '',
      sortable: false,
    },
  ],
  empty: {
    title: 'No computer may send data of others',
    text: WHAT,
    action: { label: 'Allow a computer', href: at(`${PATH}/new`), icon: 'add', disabled: locked },
  },
  fetch: async ({ offset, limit }) => {
    const all = await listSenderRights(cmdb);
    return { rows: all.slice(offset, offset + limit), total: all.length };
  },
});

export function registerSenderPages(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get(PATH, async (request, response) => {
    const disabled = lockOf(request, 'security');
    await answerList(request, response, senderList(context, disabled), {
      title: 'Allowed senders',
      actions: [{ label: 'Allow a computer', href: at(`${PATH}/new`), icon: 'add', primary: true, disabled }],
    });
  });

  const show = (request: Request, response: Response, values: FormValues, errors: readonly FieldError[] = []) =>
    showForm(
      request,
      response,
      {
        action: at(`${PATH}/new`),
        sections: SECTIONS,
        values,
        errors,
        submit: 'Allow the computer',
        cancel: CRUMB.href,
      },
      { title: 'Allow a computer', breadcrumb: [CRUMB] },
    );

  router.get(`${PATH}/new`, requirePrivilege('security'), (request, response) =>
    show(request, response, { computer: typeof request.query.computer === 'string' ? request.query.computer : '' }),
  );

  router.post(`${PATH}/new`, requirePrivilege('security'), async (request, response) => {
    const values = readForm(request, SECTIONS);
    const result = await attempt(() =>
      cmdb.transaction(async (session) => {
        const computer = await findComputer(session, textOf(values, 'computer'));
        return allowSender(session, clock, actorOf(request), computer, textOf(values, 'note'));
      }),
    );
    if ('errors' in result) return show(request, response, values, result.errors);
    notify(request, `${result.done} may send data of other resources.`);
    response.redirect(303, CRUMB.href);
  });

  registerForbid(router, context);
}

function registerForbid(router: Router, { cmdb, clock }: AppContext): void {
  const load = async (request: Request): Promise<SenderRight> => {
    const guid = parseGuid(String(request.params.guid));
    const found = (await listSenderRights(cmdb)).find((right) => right.guid === guid);
    if (found === undefined) throw notFound('allowed sender');
    return found;
  };

  router.get(`${PATH}/:guid/forbid`, requirePrivilege('security'), async (request, response) => {
    const { guid, name } = await load(request);
    const question = {
      title: `Take the right away from ${name}?`,
      text: 'Its events that wait and are about others become bad events. What it wrote stays.',
      action: at(`${PATH}/${guid}/forbid`),
      submit: 'Take the right away',
      danger: true,
      cancel: CRUMB.href,
    };
    await askFirst(request, response, question, { breadcrumb: [CRUMB] });
  });

  router.post(`${PATH}/:guid/forbid`, requirePrivilege('security'), async (request, response) => {
    const { guid, name } = await load(request);
    await cmdb.transaction((session) => forbidSender(session, clock, actorOf(request), guid));
    notify(request, `${name} may send its own data only.`);
    response.redirect(303, CRUMB.href);
  });
}

/** One registration request: what the machine says of itself, and who else claims its place. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  getRegistration,
  type ListedRegistration,
  type RegistrationDetail,
} from '../../../models/agents/registrationList.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { registrationCrumb } from './registrationTabs.ts';
import { fingerprint } from './requestList.ts';

export function registerRequestPage(router: Router, { cmdb }: AppContext): void {
  router.get('/registration/:guid', async (request, response) => {
    const guid = parseGuid(String(request.params.guid));
    const registration = guid && (await getRegistration(cmdb, guid));
    if (registration === undefined) throw notFound('registration request');
    await render(request, response, 'registration/request', {
      title: registration.name || '(no name)',
      state: registration.state,
      subtitle: registration.reason,
      breadcrumb: [registrationCrumb],
      registration,
      facts: factsOf(registration),
      rivals: {
        caption: 'Other registrations of this computer',
        columns: ['Computer', 'State', 'Address', 'Key', 'Last request'].map((label) => ({ label })),
        rows: registration.rivals.map(rivalRow),
      },
    });
  });
}

function factsOf(registration: RegistrationDetail): { label: string; cell: Cell }[] {
  const known = registration.state === 'allowed' || registration.duplicateOf !== null;
  return [
    ...(known
      ? [
          {
            label: 'Computer',
            cell: {
              kind: 'link',
              text: registration.name,
              href: at(`/computers/${registration.duplicateOf ?? registration.resourceGuid}`),
            } as const,
          },
        ]
      : []),
    { label: 'FQDN', cell: registration.fqdn || null },
    { label: 'Domain', cell: registration.domain || null },
    { label: 'Address', cell: { kind: 'code', text: registration.address, copy: true } },
    {
      label: 'MAC address',
      cell: registration.macAddress === '' ? null : { kind: 'code', text: registration.macAddress },
    },
    { label: 'User', cell: registration.userName || null },
    {
      label: 'Key fingerprint (SHA-256)',
      cell:
        registration.keyHash === ''
          ? 'None: the agent cannot prove itself'
          : { kind: 'code', text: registration.keyHash, copy: true },
    },
    { label: 'First request', cell: { kind: 'time', at: registration.firstSeenAt } },
    { label: 'Last request', cell: { kind: 'time', at: registration.lastSeenAt } },
    { label: 'Requests', cell: registration.requestCount },
    { label: 'Decided by', cell: registration.decidedBy },
    { label: 'Decided', cell: { kind: 'time', at: registration.decidedAt, none: 'Not yet' } },
    { label: 'GUID', cell: { kind: 'guid', guid: registration.resourceGuid } },
  ];
}

function rivalRow(rival: ListedRegistration): Cell[] {
  return [
    { kind: 'link', text: rival.name || '(no name)', href: at(`/registration/${rival.guid}`) },
    { kind: 'state', state: rival.state, detail: rival.reason },
    { kind: 'code', text: rival.address },
    fingerprint(rival.keyHash),
    { kind: 'time', at: rival.lastSeenAt },
  ];
}

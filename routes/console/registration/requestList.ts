/** The list of registration requests. */
import type { AppContext } from '../../../app/context.ts';
import type { RegistrationState } from '../../../models/agents/directory.ts';
import {
  listRegistrations,
  REGISTRATION_SORTS,
  type ListedRegistration,
  type RegistrationSort,
} from '../../../models/agents/registrationList.ts';
import type { Cell } from '../cells.ts';
import type { ListDefinition } from '../list.ts';
import { at } from '../paths.ts';

const STATES: readonly { value: RegistrationState; label: string }[] = [
  { value: 'pending', label: 'Pending' },
  { value: 'allowed', label: 'Allowed' },
  { value: 'blocked', label: 'Blocked' },
  { value: 'revoked', label: 'Revoked' },
];

const sortOf = (key: string): RegistrationSort =>
  key in REGISTRATION_SORTS ? (key as RegistrationSort) : 'lastSeenAt';

/** Enough of a fingerprint to compare two rows; the whole is on the request's page. */
export const fingerprint = (keyHash: string): Cell =>
  keyHash === '' ? 'No key' : { kind: 'code', text: keyHash.slice(0, 16) };

export function requestList({ cmdb }: AppContext): ListDefinition<ListedRegistration> {
  return {
    path: '/registration',
    noun: ['request', 'requests'],
    search: 'name, address, user or fingerprint',
    sort: { key: 'lastSeenAt', descending: true },
    columns: [
      {
        key: 'name',
        label: 'Computer',
        cell: (row) => ({ kind: 'link', text: row.name || '(no name)', href: at(`/registration/${row.guid}`) }),
      },
      { key: 'state', label: 'State', cell: (row) => ({ kind: 'state', state: row.state, detail: row.reason }) },
      {
        key: 'duplicateOf',
        label: 'Asks for the place of',
        cell: (row) =>
          row.duplicateOf === null
            ? null
            : { kind: 'link', text: 'a known computer', href: at(`/computers/${row.duplicateOf}`) },
        sortable: false,
      },
      { key: 'fqdn', label: 'FQDN', cell: (row) => row.fqdn },
      { key: 'address', label: 'Address', cell: (row) => ({ kind: 'code', text: row.address }) },
      {
        key: 'macAddress',
        label: 'MAC address',
        cell: (row) => ({ kind: 'code', text: row.macAddress }),
        hidden: true,
      },
      { key: 'userName', label: 'User', cell: (row) => row.userName },
      { key: 'keyHash', label: 'Key', cell: (row) => fingerprint(row.keyHash), sortable: false },
      { key: 'firstSeenAt', label: 'First request', cell: (row) => ({ kind: 'time', at: row.firstSeenAt }) },
      { key: 'lastSeenAt', label: 'Last request', cell: (row) => ({ kind: 'time', at: row.lastSeenAt }) },
      { key: 'requestCount', label: 'Requests', cell: (row) => row.requestCount, numeric: true, hidden: true },
      { key: 'decidedBy', label: 'Decided by', cell: (row) => row.decidedBy },
    ],
    filters: [{ key: 'state', label: 'State', options: STATES }],
    key: (row) => row.guid,
    bulk: [
      { label: 'Allow', path: '/registration/allow', privilege: 'write', icon: 'check' },
      { label: 'Block', path: '/registration/block', privilege: 'write', icon: 'blocked', danger: true },
      { label: 'Revoke', path: '/registration/revoke', privilege: 'write', danger: true },
    ],
    empty: {
      title: 'No requests yet',
      text: 'An agent’s first contact is a request to be registered. It waits here until somebody allows it, unless an enrolment token or a rule lets it in.',
      action: { label: 'New enrolment token', href: at('/registration/tokens/new'), primary: true },
    },
    fetch: (query) =>
      listRegistrations(cmdb, {
        state: query.filters.state as RegistrationState | undefined,
        search: query.search,
        sort: sortOf(query.sort),
        descending: query.descending,
        offset: query.offset,
        limit: query.limit,
      }),
  };
}

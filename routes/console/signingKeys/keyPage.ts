import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { listLaggards, type Laggard, type LAGGARD_SORTS } from '../../../models/signingKeys/followers.ts';
import { readKeyReport, type KeyReport, type ReportedKey } from '../../../models/signingKeys/keyReport.ts';
import type { Cell } from '../cells.ts';
import { answerList, type ListDefinition } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { settingsTabs } from '../settings/settingsTabs.ts';

export const KEYS_PATH = '/settings/signing-keys';

export function registerKeyPage(router: Router, context: AppContext): void {
  const { cmdb, clock, secrets } = context;
  router.get(KEYS_PATH, async (request, response) => {
    const report = await readKeyReport(cmdb, secrets.signingKeys, clock.now());
    const current = report.keys[0]!;
    const disabled = lockOf(request, 'security');
    await answerList(request, response, laggardList(context), {
      title: 'Signing keys',
      template: 'signingKeys/signingKeys',
      tabs: settingsTabs('keys'),
      subtitle: 'What this server publishes is signed. Agents follow from one key to the next by themselves.',
      actions: [{ label: 'New key', href: at(`${KEYS_PATH}/new`), icon: 'add', primary: true, disabled }],
      keys: keyTable(request, report),
      facts: factsOf(report, current),
    });
  });
}

function keyTable(request: Request, { keys }: KeyReport) {
  const isLocked = lockOf(request, 'security') !== undefined;
  const columns = ['Key', 'State', 'Made', 'Believed until', 'Snapshots', 'Agents', 'Change'];
  return {
    caption: 'Signing keys',
    columns: columns.map((label) => ({ label, numeric: label === 'Snapshots' || label === 'Agents' })),
    rows: keys.map((key): Cell[] => [
      { kind: 'code', text: key.name },
      { kind: 'state', state: `key_${key.state}` },
      { kind: 'time', at: key.madeAt },
      key.until === null ? null : { kind: 'time', at: key.until },
      { kind: 'number', value: key.snapshots },
      { kind: 'number', value: key.agents },
      isLocked ? null : changeOf(key),
    ]),
  };
}

/** What can be done with a key on the page that asks first; a key in its overlap can be ended or revoked there. */
function changeOf({ name, state }: ReportedKey): Cell {
  if (state === 'revoked') return null;
  const address = at(`${KEYS_PATH}/${encodeURIComponent(name)}/end`);
  return { kind: 'link', text: state === 'overlap' ? 'End overlap or revoke' : 'Revoke', href: address };
}

function factsOf(
  { keys, unknownSnapshots, unknownAgents, unableAgents }: KeyReport,
  current: ReportedKey,
): { label: string; cell: Cell }[] {
  const able = keys.reduce((sum, { agents }) => sum + agents, unknownAgents);
  const snapshots = keys.reduce((sum, key) => sum + key.snapshots, unknownSnapshots);
  return [
    {
      label: 'Agents that have confirmed the current key',
      cell: able === 0 ? 'There are none' : { kind: 'progress', done: current.agents, total: able, unit: 'agents' },
    },
    {
      label: 'Snapshots with its signature',
      cell: snapshots === 0 ? 'There are none' : { kind: 'progress', done: current.snapshots, total: snapshots },
    },
    {
      label: 'Agents that cannot confirm a key',
      cell: { kind: 'text', text: String(unableAgents), note: 'They take the key of each package’s information.' },
    },
  ];
}

const laggardList = ({ cmdb, secrets }: AppContext): ListDefinition<Laggard> => ({
  path: KEYS_PATH,
  noun: ['agent that has not confirmed', 'agents that have not confirmed'],
  search: 'name or address',
  sort: { key: 'name' },
  columns: [
    {
      key: 'name',
      label: 'Computer',
      cell: ({ name, guid }) => ({ kind: 'link', text: name, href: at(`/computers/${guid}`) }),
    },
    { key: 'address', label: 'Address', cell: ({ address }) => ({ kind: 'code', text: address }) },
    {
      key: 'keyName',
      label: 'Believes',
      cell: ({ keyName }) => (keyName === null ? 'Not told yet' : { kind: 'code', text: keyName }),
    },
    {
      key: 'lastContactAt',
      label: 'Last contact',
      cell: ({ lastContactAt }) => ({ kind: 'time', at: lastContactAt, none: 'Never' }),
    },
  ],
  empty: {
    title: 'Every agent that is able to has confirmed the current key',
    text: 'An agent confirms a key when it next proves its own: at least once an hour while it is in contact.',
  },
  fetch: ({ offset, limit, sort, descending, search }) =>
    listLaggards(cmdb, secrets.signingKeys.current.name, {
      offset,
      limit,
      descending,
      search,
      sort: sort as keyof typeof LAGGARD_SORTS,
    }),
});

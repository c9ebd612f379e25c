/** The audit log: who changed what, and each change field by field. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { inWords } from '../../../models/audit/changes.ts';
import { namesOf } from '../../../models/audit/names.ts';
import { auditWords, getAuditEntry, listAudit, type AuditRow } from '../../../models/audit/auditList.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { parseGuid } from '../../../wire/guid.ts';
import type { Cell } from '../cells.ts';
import { answerList, type Filter, type ListDefinition } from '../list.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';

const WORDS_KEPT_MS = 60_000;

export function registerAuditPages(router: Router, { cmdb, clock }: AppContext): void {
  const words = keepFor(clock, WORDS_KEPT_MS, () => auditWords(cmdb));

  router.get('/audit', async (request, response) => {
    const { actions, kinds } = await words();
    const filters = [
      wordFilter('action', 'Action', actions, request),
      wordFilter('kind', 'Object', kinds, request, kindInWords),
      ...(await objectFilter(cmdb, request)),
    ];
    const definition: ListDefinition<AuditRow> = { ...AUDIT_LIST, filters, fetch: (query) => listAudit(cmdb, query) };
    await answerList(request, response, definition, { title: 'Audit log' });
  });

  router.get('/audit/:id', async (request, response) => {
    const id = /^\d{1,15}$/.test(request.params.id) ? Number(request.params.id) : 0;
    const found = await getAuditEntry(cmdb, id);
    if (found === undefined) throw notFound('audit entry');
    const entry = { ...found, changes: inWords(found) };
    await render(request, response, 'auditLog/entry', {
      title: titleOf(entry),
      breadcrumb: [{ label: 'Audit log', href: at('/audit') }],
      entry,
      facts: factsOf(entry),
    });
  });
}

/** The word in the address is offered, too: it may be newer than the kept ones, or not be in the log at all. */
function wordFilter(
  key: string,
  label: string,
  words: readonly string[],
  request: Request,
  inWords = (word: string): string => word,
): Filter {
  const asked = request.query[key];
  const offered = new Set([...words, ...(typeof asked === 'string' && asked !== '' ? [asked.slice(0, 60)] : [])]);
  return { key, label, options: [...offered].map((word) => ({ value: word, label: inWords(word) })) };
}

/** History of one object: its pages link here with its GUID, which no drop-down could list. */
async function objectFilter(session: Session, request: Request): Promise<Filter[]> {
  const guid = parseGuid(typeof request.query.object === 'string' ? request.query.object : undefined);
  if (guid === undefined) return [];
  const name = (await namesOf(session, [guid])).get(guid) ?? `object ${guid.slice(0, 8)}`;
  return [{ key: 'object', label: 'Only', options: [{ value: guid, label: name }] }];
}

const AUDIT_LIST: Omit<ListDefinition<AuditRow>, 'fetch' | 'filters'> = {
  path: '/audit',
  noun: ['entry', 'entries'],
  search: 'who or object',
  sort: { key: 'at', descending: true },
  columns: [
    { key: 'at', label: 'Time', cell: (row) => ({ kind: 'time', at: row.at }) },
    { key: 'actor', label: 'Who', cell: (row) => row.actor },
    {
      key: 'action',
      label: 'Action',
      cell: (row) => ({ kind: 'link', text: row.action, href: at(`/audit/${row.id}`) }),
    },
    { key: 'kind', label: 'Object', cell: (row) => kindInWords(row.objectKind) },
    { key: 'object', label: 'Name', cell: (row) => row.objectName },
    {
      key: 'address',
      label: 'From',
      cell: (row) => (row.address === '' ? 'this machine' : { kind: 'code', text: row.address }),
    },
    {
      key: 'guid',
      label: 'GUID',
      cell: (row) => ({ kind: 'guid', guid: row.objectGuid }),
      sortable: false,
      hidden: true,
    },
  ],
  empty: {
    title: 'Nothing was changed yet',
    text: 'Every change that a person, a token or the command line makes is recorded here.',
  },
};

/** `packageServer` as people write it. */
const kindInWords = (kind: string): string => kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** `Create policy: Firefox to all` */
function titleOf({ action, objectKind, objectName }: AuditRow): string {
  return `${action.charAt(0).toUpperCase()}${action.slice(1)} ${kindInWords(objectKind)}: ${objectName}`;
}

function factsOf(entry: AuditRow): { label: string; cell: Cell }[] {
  return [
    { label: 'Time', cell: { kind: 'time', at: entry.at } },
    { label: 'Who', cell: entry.actor },
    { label: 'From', cell: entry.address === '' ? 'this machine' : { kind: 'code', text: entry.address } },
    { label: 'Object', cell: kindInWords(entry.objectKind) },
    { label: 'GUID', cell: { kind: 'guid', guid: entry.objectGuid } },
    ...(entry.objectGuid === null
      ? []
      : [
          {
            label: 'History',
            cell: {
              kind: 'link',
              text: 'All changes of it',
              href: at('/audit', { object: entry.objectGuid }),
            } as const,
          },
        ]),
  ];
}

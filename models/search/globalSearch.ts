/** One search over computers, users, assets, packages and policies, by whatever an administrator has at hand. */
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { contains, top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';
import { readResources } from '../resources/readResources.ts';

export interface SearchHit {
  guid: Guid;
  name: string;
  /** What tells namesakes apart: domain and address, or the description. */
  note: string;
}

export interface SearchResult {
  computers: SearchHit[];
  /** Of all other types: users, assets, departments … */
  resources: SearchHit[];
  packages: SearchHit[];
  policies: SearchHit[];
  /** True for a kind of which there are more than are answered. */
  more: { computers: boolean; resources: boolean; packages: boolean; policies: boolean };
}

/** The first `limit` of each kind whose name (of computers also domain name, address, MAC or user) holds the text, or that GUID. */
export async function globalSearch(session: Session, text: string, limit: number): Promise<SearchResult> {
  const [computers, resources, packages, policies] = await Promise.all([
    findComputers(session, text, limit + 1),
    readResources(session, { search: text, sort: 'Name', descending: false, offset: 0, limit }),
    findItems(session, ITEM_CLASS.package, text, limit + 1),
    findItems(session, ITEM_CLASS.policy, text, limit + 1),
  ]);
  return {
    computers: computers.slice(0, limit),
    resources: resources.rows.map(({ guid, name, typeName }) => ({ guid, name, note: typeName })),
    packages: packages.slice(0, limit),
    policies: policies.slice(0, limit),
    more: {
      computers: computers.length > limit,
      resources: resources.total > limit,
      packages: packages.length > limit,
      policies: policies.length > limit,
    },
  };
}

const COMPUTER_COLUMNS = ['Name', 'Fqdn', 'IpAddress', 'MacAddress', 'UserName'] as const;

async function findComputers(session: Session, text: string, limit: number): Promise<SearchHit[]> {
  const guid = parseGuid(text);
  const found = session.db
    .selectFrom('Computer')
    .select(['ResourceGuid', 'Name', 'Domain', 'IpAddress', 'UserName'])
    .where((is) =>
      guid === undefined
        ? is.or(COMPUTER_COLUMNS.map((column) => contains(session, column, text)))
        : is('ResourceGuid', '=', guid),
    )
    .orderBy('Name');
  const rows = await top(session, found, limit).execute();
  return rows.map((row) => ({
    guid: row.ResourceGuid,
    name: row.Name,
    note: [row.Domain, row.IpAddress, row.UserName].filter((part) => part !== '').join(' · '),
  }));
}

async function findItems(session: Session, classGuid: Guid, text: string, limit: number): Promise<SearchHit[]> {
  const guid = parseGuid(text);
  const found = session.db
    .selectFrom('Item')
    .select(['Guid', 'Name', 'Description'])
    .where('ClassGuid', '=', classGuid)
    .where((is) => (guid === undefined ? contains(session, 'Name', text) : is('Guid', '=', guid)))
    .orderBy('Name');
  const rows = await top(session, found, limit).execute();
  return rows.map((row) => ({ guid: row.Guid, name: row.Name, note: row.Description }));
}

/** The packages that a list's action is for. Two lists have the same verbs: all packages, and those with problems. */
import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { selection } from '../selection.ts';
import { packageList } from './packageList.ts';
import { problemList } from './problemList.ts';

export const PACKAGES = ['package', 'packages'] as const;

export interface PackageListPage {
  /** Console path; its actions lie below it. */
  path: string;
  /** Keys of the rows that are ticked, or of all that match. @throws PageError when nothing is chosen */
  keys: (request: Request, context: AppContext) => Promise<string[]>;
}

export const LIST_PAGES: readonly PackageListPage[] = [
  { path: '/packages', keys: (request, context) => selection(request, packageList(context)) },
  { path: '/packages/problems', keys: (request, context) => selection(request, problemList(context)) },
];

/** @throws PageError when nothing is chosen */
export async function chosenPackages(request: Request, context: AppContext, page: PackageListPage): Promise<Guid[]> {
  const keys = await page.keys(request, context);
  return keys.map((key) => parseGuid(key)).filter((guid) => guid !== undefined);
}

const NAMED = 12;

/** Names of the first dozen: more are not shown on a page that asks. */
export async function namesOf({ db }: Session, guids: readonly Guid[]): Promise<string[]> {
  const rows = await db
    .selectFrom('Item')
    .select('Name')
    .where('Guid', 'in', guids.slice(0, NAMED))
    .orderBy('Name')
    .execute();
  return rows.map(({ Name }) => Name);
}

import { z } from 'zod';
import { packagesOf, type HeldRow } from '../../../models/packageServers/overview.ts';
import { byGuid, paging } from '../input.ts';
import { pageOf } from '../json.ts';
import { ok, route } from '../route.ts';
import { knownServer } from './packageServerView.ts';

export const listHeldPackagesRoute = route({
  method: 'get',
  path: '/package-servers/{guid}/packages',
  scope: 'read',
  summary: 'Packages that a package server holds or is to hold, each with its state',
  params: byGuid,
  query: z.strictObject(paging),
  async handle({ context, params, query }) {
    const rows = packagesOf(await knownServer(context, params.guid), context);
    return ok(pageOf(rows.map(heldPackageView), query));
  },
});

export const heldPackageView = ({ progress, ...row }: HeldRow) => ({ ...row, progress: progress ?? null });

import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { KnownServer } from '../../../models/packageServers/placement.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The package server that the address names. @throws PageError */
export async function loadPackageServer({ cmdb, packageServers }: AppContext, request: Request): Promise<KnownServer> {
  const guid = parseGuid(String(request.params.guid));
  if (guid === undefined) throw notFound('package server');
  // Another node may have changed it within the last second, and this page is for whoever did.
  await packageServers.refreshServer(cmdb, guid);
  const server = packageServers.get(guid);
  if (server === undefined) throw notFound('package server');
  return server;
}

import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getSite, type SiteRow } from '../../../models/sites/listSites.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The site that the address names. @throws PageError */
export async function loadSite(session: Session, request: Request): Promise<SiteRow> {
  const guid = parseGuid(String(request.params.guid));
  const site = guid && (await getSite(session, guid));
  if (site === undefined) throw notFound('site');
  return site;
}

import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { getPackage, type PackageDetail } from '../../../models/packages/getPackage.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The package that the address names. @throws PageError */
export async function loadPackage(session: Session, request: Request): Promise<PackageDetail> {
  const guid = parseGuid(String(request.params.guid));
  const found = guid && (await getPackage(session, guid));
  if (found === undefined) throw notFound('package');
  return found;
}

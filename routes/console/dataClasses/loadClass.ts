import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import { readClass, type DataClassDetail } from '../../../models/dataClasses/readClass.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';

/** The class that the address names. @throws PageError */
export async function loadClass(session: Session, request: Request): Promise<DataClassDetail> {
  const guid = parseGuid(String(request.params.guid));
  const found = guid && (await readClass(session, guid));
  if (found === undefined) throw notFound('data class');
  return found;
}

export const classesCrumb = { label: 'Data classes', href: at('/data-classes') };
export const classCrumb = ({ guid, name }: DataClassDetail) => ({ label: name, href: at(`/data-classes/${guid}`) });

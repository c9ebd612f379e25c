import type { Request } from 'express';
import type { Session } from '../../../models/cmdb/types.ts';
import type { Report } from '../../../models/reports/definition.ts';
import { getReport } from '../../../models/reports/reportStore.ts';
import { parseGuid } from '../../../wire/guid.ts';
import { notFound } from '../pageError.ts';

/** The report that the address names. @throws PageError */
export async function loadReport(session: Session, request: Request): Promise<Report> {
  const guid = parseGuid(String(request.params.guid));
  const report = guid && (await getReport(session, guid));
  if (report === undefined) throw notFound('report');
  return report;
}

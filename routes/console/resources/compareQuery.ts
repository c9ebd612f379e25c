/** What the address of the comparison asks for: two resources, or one at two times. */
import type { Request } from 'express';
import { utc } from '../../../models/clock.ts';
import type { Utc } from '../../../models/cmdb/schema.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import type { Side } from '../../../models/inventory/compare/compareInventory.ts';
import { readNamed } from '../../../models/resources/readNamed.ts';
import type { ResourceDetail } from '../../../models/resources/readResource.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';

export interface CompareQuery {
  /** As typed, for the form. */
  typed: { a: string; b: string; at: string; to: string };
  onlyDifferences: boolean;
  classGuid: Guid | undefined;
  errors: { field: string; message: string }[];
  /** Undefined while the form does not say what to compare. */
  sides: readonly [CompareSide, CompareSide] | undefined;
}

export interface CompareSide extends Side {
  detail: ResourceDetail;
}

export async function readCompareQuery(session: Session, request: Request, now: number): Promise<CompareQuery> {
  const text = (name: string): string => {
    const value = request.query[name];
    return typeof value === 'string' ? value.trim().slice(0, 255) : '';
  };
  const typed = { a: text('a'), b: text('b'), at: text('at'), to: text('to') };
  const errors: CompareQuery['errors'] = [];
  const first = typed.a === '' ? undefined : await resolve(session, 'a', typed.a, errors);
  const second = typed.b === '' ? first : await resolve(session, 'b', typed.b, errors);
  const at = readTime('at', typed.at, now, errors);
  const to = readTime('to', typed.to, now, errors);
  const says = typed.b !== '' || typed.at !== '';
  const isReady = errors.length === 0 && says && first !== undefined && second !== undefined;
  return {
    typed,
    onlyDifferences: request.query.only === '1',
    classGuid: parseGuid(text('class')),
    errors,
    sides: isReady
      ? [
          { detail: first, resource: first.guid, at },
          { detail: second, resource: second.guid, at: to },
        ]
      : undefined,
  };
}

async function resolve(
  session: Session,
  field: string,
  text: string,
  errors: CompareQuery['errors'],
): Promise<ResourceDetail | undefined> {
  const [found, another] = await readNamed(session, text);
  if (found === undefined) errors.push({ field, message: `There is no computer or other resource “${text}”.` });
  else if (another !== undefined)
    errors.push({ field, message: `Several have the name “${text}”: give the GUID of one.` });
  return found;
}

/** As a browser's field for time sends it, here in UTC. */
function readTime(field: string, text: string, now: number, errors: CompareQuery['errors']): Utc | undefined {
  if (text === '') return undefined;
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/.test(text) ? Date.parse(`${text}Z`) : NaN;
  if (Number.isNaN(at)) {
    errors.push({ field, message: `“${text}” is no time: it is written like 2026-11-21T14:30.` });
    return undefined;
  }
  // What is to come has not happened: it is as it is now.
  return at >= now ? undefined : utc(at);
}

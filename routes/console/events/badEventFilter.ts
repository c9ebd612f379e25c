/** What of the bad events is meant: read from the address of the list, or from what a form carries on. */
import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { BAD_EVENT_SORTS, type BadEventFilter, type BadEventSort } from '../../../models/events/badEvent.ts';
import { computersNamed } from '../../../models/computers/computersNamed.ts';
import { parseGuid } from '../../../wire/guid.ts';

/**
 * The filter that parameters ask for. A value that no event has any more still counts: what was chosen as "all of this
 * reason" must never become "all".
 */
export async function badEventFilter({ cmdb }: AppContext, parameters: URLSearchParams): Promise<BadEventFilter> {
  const text = (name: string): string | undefined => parameters.get(name)?.trim() || undefined;
  const search = text('q')?.slice(0, 200);
  const sender = text('sender');
  const queueClass = text('queue');
  return {
    ...(text('reason') === undefined ? {} : { reasonGroup: text('reason')! }),
    // What is no GUID is nobody's, and finds nothing.
    ...(sender === undefined ? {} : { sender: parseGuid(sender) ?? NOBODY }),
    ...(text('to') === undefined ? {} : { sentTo: text('to')! }),
    ...(queueClass === undefined ? {} : { queueClass }),
    ...(search === undefined ? {} : { search: { text: search, senders: await computersNamed(cmdb, search) } }),
  };
}

const NOBODY = parseGuid('00000000-0000-0000-0000-000000000000')!;

/** @param key of a column of the list */
export function badEventSort(key: string): BadEventSort {
  return key === 'computer' ? 'sender' : (BAD_EVENT_SORTS.find((sort) => sort === key) ?? 'id');
}

/** The parameters of a request's address. */
export function addressParameters({ query }: Request): URLSearchParams {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return new URLSearchParams(pairs);
}

import type { Request, Response } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Placement } from '../../../models/packageServers/placement.ts';
import { losingSites } from '../../../models/packageServers/withoutSource.ts';
import { ownBases } from '../../agent/packageInfoWriter.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import type { FormValues } from '../form.ts';

export interface AskedChange {
  /** The verb of the button, and what it is done to. */
  submit: string;
  /** Where the confirmed change is posted to, with the same values. */
  action: string;
  values?: FormValues;
  cancel: string;
}

/** Names of the sites whose computers would have no place left to fetch packages from. */
export const losing = (context: AppContext, after: Placement): string[] =>
  losingSites(context.packageServers.placement, after, ownBases(context));

/** Asks before a change that leaves a site without any source. True: asked, and nothing more is to be done now. */
export async function askAboutLoss(
  context: AppContext,
  request: Request,
  response: Response,
  after: Placement,
  change: AskedChange,
): Promise<boolean> {
  if (isConfirmed(request)) return false;
  const items = losing(context, after);
  if (items.length === 0) return false;
  await askFirst(request, response, {
    title: `Leave ${counted(items.length, ['site', 'sites'])} without any source?`,
    text: 'Computers of these sites would be offered no place to fetch packages from, until a package server serves them or their fallback is another one.',
    items,
    action: change.action,
    hidden: Object.entries(change.values ?? {}).flatMap(([name, value]) =>
      [value].flat().map((text): [string, string] => [name, text]),
    ),
    submit: change.submit,
    danger: true,
    cancel: change.cancel,
  });
  return true;
}

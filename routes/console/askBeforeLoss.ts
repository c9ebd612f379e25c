import type { Request, Response } from 'express';
import type { AppContext } from '../../app/context.ts';
import type { SourceChange } from '../../models/packageServers/whoLosesSources.ts';
import { lossesOf } from '../sourceLosses.ts';
import { askFirst, isConfirmed } from './confirm.ts';
import type { FormValues } from './form.ts';
import { counted } from './format.ts';

export interface AskedChange {
  /** The verb of the button, and what it is done to. */
  submit: string;
  /** Where the confirmed change is posted to, with the same values. */
  action: string;
  values?: FormValues;
  cancel: string;
}

const MOST_LINES = 50;

/** Asks before a change that leaves somebody without a source. True: asked, and nothing more is to be done now. */
export async function askBeforeLoss(
  context: AppContext,
  request: Request,
  response: Response,
  change: SourceChange,
  { submit, action, values, cancel }: AskedChange,
): Promise<boolean> {
  if (isConfirmed(request)) return false;
  const lines = lossesOf(context, change);
  if (lines.length === 0) return false;
  const rest = lines.length - MOST_LINES;
  await askFirst(request, response, {
    title: `Leave ${counted(lines.length, ['place', 'places'])} without a source?`,
    text: 'Computers there would be offered no place to fetch packages from, until a package server serves them or the fallback of their site is another one.',
    items: rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more`] : lines,
    action,
    hidden: Object.entries(values ?? {}).flatMap(([name, value]) =>
      [value].flat().map((text): [string, string] => [name, text]),
    ),
    submit,
    danger: true,
    cancel,
  });
  return true;
}

/** Dangerous things ask first, on a page that names object, number and effect (in a dialog where there is script). */
import type { Request, Response } from 'express';
import { render, type PageModel } from './render.ts';

export interface Question {
  /** Names object and number: `Block 3 computers?` */
  title: string;
  /** What it does and what it leaves alone. */
  text: string;
  /** Names of what is touched; the first dozen are shown, the rest counted. */
  items?: readonly string[];
  /** Console address the answer is posted to; it gets `confirmed=1` and `hidden`. */
  action: string;
  hidden?: readonly (readonly [string, string])[];
  /** The verb again: `Block 3 computers`. */
  submit: string;
  danger?: boolean;
  cancel: string;
}

export async function askFirst(
  request: Request,
  response: Response,
  question: Question,
  page: Partial<PageModel> = {},
): Promise<void> {
  await render(request, response, 'confirm', { ...page, title: question.title, question });
}

/** True when the person has answered the question of `askFirst`. */
export function isConfirmed(request: Request): boolean {
  return (request.body as Record<string, unknown> | undefined)?.confirmed === '1';
}

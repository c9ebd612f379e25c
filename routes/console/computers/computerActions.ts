/** What can be done with a computer, as buttons beside its name on every tab. */
import type { Request } from 'express';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import type { PageAction } from '../render.ts';

/** A control that the role of the signed-in user forbids is shown, disabled, with the reason (`lockOf(request, …)`). */
export function computerActions(_request: Request, _computer: ComputerDetail): PageAction[] {
  return [];
}

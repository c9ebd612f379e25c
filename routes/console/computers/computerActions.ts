/** What can be done with a computer, as buttons beside its name on every tab. */
import type { Request } from 'express';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { at } from '../paths.ts';
import type { PageAction } from '../render.ts';

/** A control that the role of the signed-in user forbids is shown, disabled, with the reason (`lockOf(request, …)`). */
export function computerActions(_request: Request, { Guid: guid }: ComputerDetail): PageAction[] {
  return [
    { label: 'Compare', href: at('/compare', { a: guid }), icon: 'columns' },
    { label: 'Export XML', href: at(`/computers/${guid}/export.xml`), icon: 'download' },
  ];
}

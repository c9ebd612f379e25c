/** What can be done with a computer, as buttons beside its name on every tab. */
import type { Request } from 'express';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { at } from '../paths.ts';
import type { PageAction } from '../render.ts';
import { lockOf } from '../signedIn.ts';

/** A control that the role of the signed-in user forbids is shown, disabled, with the reason (`lockOf(request, …)`). */
export function computerActions(request: Request, computer: ComputerDetail): PageAction[] {
  const { Guid: guid, ConflictGuid, RetiredAt } = computer;
  const disabled = lockOf(request, 'write');
  return [
    ...(ConflictGuid === null
      ? []
      : [{ label: 'Resolve the conflict', href: at(`/duplicates/${ConflictGuid}`), icon: 'merge', primary: true }]),
    { label: 'Compare', href: at('/compare', { a: guid }), icon: 'columns' },
    { label: 'Export XML', href: at(`/computers/${guid}/export.xml`), icon: 'download' },
    RetiredAt === null
      ? { label: 'Retire', href: at(`/computers/${guid}/retire`), post: true, disabled }
      : { label: 'Manage again', href: at(`/computers/${guid}/manage`), post: true, disabled },
    { label: 'Delete', href: at(`/computers/${guid}/delete`), icon: 'trash', post: true, danger: true, disabled },
  ];
}

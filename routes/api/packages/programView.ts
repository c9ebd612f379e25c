import type { Session } from '../../../models/cmdb/types.ts';
import { listPrograms, type Program } from '../../../models/packages/programs.ts';
import { z } from 'zod';
import type { Guid } from '../../../wire/guid.ts';
import { guidText } from '../input.ts';
import { found } from '../problem.ts';

/** The parameters of `…/programs/{program}`. */
export const byProgram = z.strictObject({ guid: guidText, program: guidText });

/** @throws Problem 404 when the package has no such program */
export async function programView(session: Session, packageGuid: Guid, program: Guid): Promise<Program> {
  return found(
    (await listPrograms(session, packageGuid)).find(({ guid }) => guid === program),
    'program',
  );
}

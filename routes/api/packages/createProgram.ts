import { programInput } from '../../../models/packages/programInput.ts';
import { createProgram } from '../../../models/packages/programs.ts';
import { byGuid } from '../input.ts';
import { found } from '../problem.ts';
import { created, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { programView } from './programView.ts';

export const createProgramRoute = route({
  method: 'post',
  path: '/packages/{guid}/programs',
  scope: 'write',
  summary: 'Adds a program after the others',
  params: byGuid,
  body: storeInput(programInput),
  async handle({ context: { cmdb, clock }, actor, params: { guid }, body }) {
    const program = found(await createProgram(cmdb, clock, actor, guid, body), 'package');
    return created(`/packages/${guid}/programs/${program}`, await programView(cmdb, guid, program));
  },
});

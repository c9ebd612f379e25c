import { programInput } from '../../../models/packages/programInput.ts';
import { updateProgram } from '../../../models/packages/programs.ts';
import { required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { storeInput } from '../storeInput.ts';
import { byProgram, programView } from './programView.ts';

export const updateProgramRoute = route({
  method: 'patch',
  path: '/packages/{guid}/programs/{program}',
  scope: 'write',
  summary: 'Changes the fields that are given',
  params: byProgram,
  body: storeInput(programInput),
  async handle({ context: { cmdb, clock }, actor, params: { guid, program }, body }) {
    const current = await programView(cmdb, guid, program);
    required(await updateProgram(cmdb, clock, actor, guid, program, { ...current, ...body }), 'program');
    return ok(await programView(cmdb, guid, program));
  },
});

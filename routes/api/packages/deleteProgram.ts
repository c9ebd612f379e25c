import { deleteProgram } from '../../../models/packages/programs.ts';
import { required } from '../problem.ts';
import { done, route } from '../route.ts';
import { byProgram } from './programView.ts';

export const deleteProgramRoute = route({
  method: 'delete',
  path: '/packages/{guid}/programs/{program}',
  scope: 'write',
  summary: 'Deletes a program that no policy runs',
  params: byProgram,
  async handle({ context: { cmdb, clock }, actor, params: { guid, program } }) {
    required(await deleteProgram(cmdb, clock, actor, guid, program), 'program');
    return done;
  },
});

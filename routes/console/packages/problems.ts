/** The page of packages with problems. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { lockOf } from '../signedIn.ts';
import { listTabs } from './packagePage.ts';
import { problemList } from './problemList.ts';

export function registerProblems(router: Router, context: AppContext): void {
  router.get('/packages/problems', async (request, response) => {
    await answerList(request, response, problemList(context, lockOf(request, 'write')), {
      title: 'Packages with problems',
      subtitle: 'Agents still get the version before. A source that fails five times in a row is tried once a day.',
      tabs: listTabs('/packages/problems'),
    });
  });
}

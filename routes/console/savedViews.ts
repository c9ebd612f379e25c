/** Keeping and forgetting a user's views of lists; the menu that does it is a part of views/partials/list.ejs. */
import type { Router } from 'express';
import type { AppContext } from '../../app/context.ts';
import { deleteView, saveView } from '../../models/savedViews/savedViews.ts';
import { attempt } from './form.ts';
import { safeReturn } from './paths.ts';
import { notify } from './render.ts';
import { currentUser } from './signedIn.ts';

export function registerSavedViews(router: Router, { cmdb, clock }: AppContext): void {
  router.post('/views', async (request, response) => {
    const { list = '', name = '', query = '', back } = request.body as Record<string, string>;
    const result = await attempt(() =>
      saveView(cmdb, clock, currentUser(request), String(list), { name: String(name), query: String(query) }),
    );
    if ('errors' in result) notify(request, result.errors.map(({ message }) => message).join(' '), 'bad');
    else notify(request, `The view ${String(name).trim()} was saved.`);
    response.redirect(303, safeReturn(back));
  });

  router.post('/views/delete', async (request, response) => {
    const { list = '', name = '', back } = request.body as Record<string, string>;
    await deleteView(cmdb, clock, currentUser(request), String(list), String(name));
    notify(request, `The view ${String(name).slice(0, 60)} was deleted.`);
    response.redirect(303, safeReturn(back));
  });
}

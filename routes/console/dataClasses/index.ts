/** Data classes: what events may fill, and the tables behind it. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { answerList } from '../list.ts';
import { at } from '../paths.ts';
import { lockOf } from '../signedIn.ts';
import { classList } from './classList.ts';
import { registerClassPage } from './classPage.ts';
import { registerColumnOrder } from './columnOrder.ts';
import { registerDeleteClass } from './deleteClass.ts';
import { registerEditClass } from './editClass.ts';
import { registerNewClass } from './newClass.ts';
import { registerNewColumn } from './newColumn.ts';

export function registerDataClassPages(router: Router, context: AppContext): void {
  router.get('/data-classes', async (request, response) => {
    await answerList(request, response, classList(context), {
      title: 'Data classes',
      actions: [
        {
          label: 'New data class',
          href: at('/data-classes/new'),
          icon: 'add',
          primary: true,
          disabled: lockOf(request, 'write'),
        },
      ],
    });
  });
  registerNewClass(router, context);
  registerClassPage(router, context);
  registerEditClass(router, context);
  registerColumnOrder(router, context);
  registerNewColumn(router, context);
  registerDeleteClass(router, context);
}

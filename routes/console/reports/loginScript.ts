/** The script for the login of reports, for whoever administers the SQL Server. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { loginScript } from '../../../models/reports/loginScript.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';

export function registerLoginScript(router: Router, { cmdb, reports }: AppContext): void {
  router.get('/reports/login', async (request, response) => {
    if (cmdb.engine !== 'mssql') throw notFound('page');
    await render(request, response, 'reports/login', {
      title: 'A login for reports',
      breadcrumb: [{ label: 'Reports', href: at('/reports') }],
      switchedOff: reports.runner.switchedOff,
      script: loginScript(cmdb.location.split('/').at(-1)!),
    });
  });
}

/** `/healthz`: the process answers. `/readyz`: it can do its work; a balancer sends nothing to a node that says 503. */
import { statfs } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import type { AppContext } from '../app/context.ts';

export function healthPages(context: AppContext): RequestHandler {
  return (request, response, next) => {
    if (request.path !== '/healthz' && request.path !== '/readyz') return next();
    response.set('Cache-Control', 'no-store');
    if (request.path === '/healthz') {
      response.json({ status: 'ok' });
      return;
    }
    readiness(context).then((checks) => {
      const ready = Object.values(checks).every((state) => state === 'ok');
      response.status(ready ? 200 : 503).json({ status: ready ? 'ok' : 'not ready', checks });
    }, next);
  };
}

async function readiness(context: AppContext): Promise<Record<string, string>> {
  const checks: Record<string, string> = {};
  try {
    await context.cmdb.db.selectFrom('Role').select('Guid').executeTakeFirst();
    checks.cmdb = 'ok';
  } catch {
    checks.cmdb = 'unreachable';
  }
  checks.queue = context.queue.hasRoom() ? 'ok' : 'full';
  const { bavail, bsize } = await statfs(context.settings.dataDir);
  checks.disk = bavail * bsize >= context.settings.minFreeDiskMb * 1024 * 1024 ? 'ok' : 'low';
  return checks;
}

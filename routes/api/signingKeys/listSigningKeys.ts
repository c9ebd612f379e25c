import { ok, route } from '../route.ts';
import { signingKeysView } from './signingKeysView.ts';

export const listSigningKeysRoute = route({
  method: 'get',
  path: '/signing-keys',
  scope: 'read',
  summary: 'Keys that sign snapshots, with the snapshots and agents of each',
  async handle({ context }) {
    return ok(await signingKeysView(context));
  },
});

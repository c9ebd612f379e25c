import { z } from 'zod';
import { retireSigningKey, revokeSigningKey, type KeyChangeDeps } from '../../../models/signingKeys/changeKeys.ts';
import type { Actor } from '../../../models/audit/audit.ts';
import { required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { signingKeysView } from './signingKeysView.ts';

const endRoute = (
  verb: string,
  summary: string,
  end: (deps: KeyChangeDeps, actor: Actor, name: string) => Promise<unknown>,
) =>
  route({
    method: 'post',
    path: `/signing-keys/{name}/${verb}`,
    scope: 'security',
    summary,
    params: z.strictObject({ name: z.string().max(64) }),
    async handle({ context, actor, params: { name } }) {
      const { cmdb, clock, secrets } = context;
      required(secrets.signingKeys.blobOf(name) !== undefined, 'signing key');
      await end({ cmdb, clock, keys: secrets.signingKeys }, actor, name);
      return ok(await signingKeysView(context));
    },
  });

export const retireSigningKeyRoute = endRoute('retire', 'Ends the overlap of a key now', retireSigningKey);
export const revokeSigningKeyRoute = endRoute(
  'revoke',
  'Takes all trust from a key that may be in wrong hands; the current one is replaced',
  revokeSigningKey,
);

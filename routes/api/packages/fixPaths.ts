import { z } from 'zod';
import { fixPaths, MOST_AT_ONCE } from '../../../models/packages/fixPaths.ts';
import { sourceLimits } from '../../../models/packages/sources/sources.ts';
import { guidText } from '../input.ts';
import { ok, route } from '../route.ts';

export const fixPathsRoute = route({
  method: 'post',
  path: '/packages/fix-path',
  scope: 'write',
  summary: 'Gives the locations of packages another beginning; all are looked at before one is saved',
  body: z.strictObject({
    packages: z.array(guidText).min(1, 'Name a package.').max(MOST_AT_ONCE, `At most ${MOST_AT_ONCE} at once.`),
    from: z.string().max(1000),
    to: z.string().min(1, 'Say where the files are now.').max(1000),
  }),
  async handle({ context: { cmdb, clock, settings }, actor, body: { packages, from, to } }) {
    const changed = await fixPaths(cmdb, clock, actor, packages, { from, to }, sourceLimits(settings));
    return ok({ changed });
  },
});

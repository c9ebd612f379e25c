import type { AppContext } from '../app/context.ts';
import type { PreviewDeps } from '../models/sites/previewChange.ts';
import { sourceState } from './sourceLosses.ts';

/** What a preview of a change of sites and subnets rests on, on this server. */
export const previewDeps = (context: AppContext): PreviewDeps => ({
  ...sourceState(context),
  sites: context.sites,
  holdingsOf: (guid) => context.packageServers.holdingsOf(guid),
});

import type { AppContext } from '../app/context.ts';
import {
  lossLine,
  whoLosesSources,
  type SourceChange,
  type SourceState,
} from '../models/packageServers/whoLosesSources.ts';
import { ownAddresses, ownBases } from './agent/packageInfoWriter.ts';

/** What decides where packages come from on this server now. */
export function sourceState(context: AppContext): SourceState {
  const { packageServers, packages, sites } = context;
  return {
    placement: packageServers.placement,
    sites,
    distributionOf: (guid) => packageServers.distributionOf(guid),
    packages: { [Symbol.iterator]: () => packages.all()[Symbol.iterator]() },
    own: ownBases(context),
    ownAddresses: ownAddresses(),
  };
}

/** Sentences for a question before a change: who would have no source left. None: nobody. */
export const lossesOf = (context: AppContext, change: SourceChange): string[] =>
  whoLosesSources(sourceState(context), change).map(lossLine);

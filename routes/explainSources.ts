import type { AppContext } from '../app/context.ts';
import { explainSources, type SourceExplanation, type SourceQuestion } from '../models/packages/explainSources.ts';
import { packageInfoWriter } from './agent/packageInfoWriter.ts';

/** The explanation of this server's own answers, for console and API. */
export function explainHere(context: AppContext, question: SourceQuestion): Promise<SourceExplanation> {
  const { packages, sites, packageServers, cmdb, clock } = context;
  const deps = { packages, sites, packageServers, writer: packageInfoWriter(context), now: clock.now() };
  return explainSources(cmdb, deps, question);
}

/** PackageServerPackages.aspx, ours: what a package server is to hold, as far as its list is another (wire/wantedList.ts). */
import { refuse } from '../../models/protocolErrors.ts';
import { readWantedRequest, writeWantedAnswer, type BucketDigests } from '../../wire/wantedList.ts';
import { XmlError } from '../../wire/xml.ts';
import { callerOf } from './caller.ts';
import type { AgentPage } from './page.ts';
import { bodyText } from './requestText.ts';

const BODY_LIMIT = 16 * 1024;

export const packageServerPackages: AgentPage = {
  names: ['packageserverpackages.aspx'],
  POST: async (context, request) => {
    const caller = callerOf(context, request, []);
    // A GUID is no secret, and which packages there are is not for everybody.
    if (caller.proof !== 'key') refuse('notAuthenticated', 'a package server has to prove its key');
    const server = context.packageServers.get(caller.guid);
    if (server === undefined || server.record.settings.IsEnabled === 0)
      refuse('notAuthenticated', `${caller.guid} is no package server`);
    const theirs = read(await bodyText(request, BODY_LIMIT));
    return { status: 200, body: writeWantedAnswer(context.packageServerPolicies.lists.changesFor(server, theirs)) };
  },
};

function read(text: string): BucketDigests {
  try {
    return readWantedRequest(text);
  } catch (error) {
    if (error instanceof XmlError) throw error;
    refuse('badRequest', (error as Error).message);
  }
}

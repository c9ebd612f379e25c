/**
 * PackageServerReport.aspx, ours: a package server says what it holds (wire/packageServer.ts). The state of each package
 * is derived from it, so a lost event or a late one cannot make console and package server disagree (user-pains 6).
 */
import { takeReport } from '../../models/packageServers/takeReport.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { readReport, writeReportAnswer, type PackageServerReport } from '../../wire/packageServer.ts';
import { XmlError } from '../../wire/xml.ts';
import { callerOf } from './caller.ts';
import type { AgentPage } from './page.ts';
import { bodyText } from './requestText.ts';

/** Some 5,000 packages with a sentence each. */
const BODY_LIMIT = 8 * 1024 * 1024;

export const packageServerReport: AgentPage = {
  names: ['packageserverreport.aspx'],
  POST: async (context, request) => {
    const caller = callerOf(context, request, []);
    // A GUID is no secret, and what is said here sends other computers somewhere.
    if (caller.proof !== 'key') refuse('notAuthenticated', 'a package server has to prove its key');
    const { packageServers, cmdb, clock } = context;
    if (packageServers.get(caller.guid) === undefined) {
      // Another node may have made it one within the last second.
      await packageServers.refreshServer(cmdb, caller.guid);
    }
    const report = read(await bodyText(request, BODY_LIMIT));
    const taken = await takeReport(cmdb, clock, caller.guid, report);
    if (taken?.isMoved === true) await packageServers.refreshServer(cmdb, caller.guid);
    else if (taken?.isNews === true) await packageServers.applyHoldings(caller.guid, taken.changed, taken.gone);
    if (taken !== undefined) packageServers.noteReport(caller.guid);
    context.contacts.note(caller.guid, 'event', request.address);
    const policyHash = context.packageServerPolicies.of(caller.guid)?.hash ?? '';
    return { status: 200, body: writeReportAnswer({ wantsPackages: taken?.wantsPackages === true, policyHash }) };
  },
};

function read(text: string): PackageServerReport {
  try {
    return readReport(text);
  } catch (error) {
    if (error instanceof XmlError) throw error;
    refuse('badRequest', (error as Error).message);
  }
}

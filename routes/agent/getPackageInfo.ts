/** GetPackageInfo.aspx: where a computer may fetch packages from (packages.md section 2, samples 12 and 13). */
import type { AppContext } from '../../app/context.ts';
import { attributeTime } from '../../models/clock.ts';
import type { KnownServer } from '../../models/packageServers/placement.ts';
import { tokenEnd } from '../../models/packageServers/tokenKeys.ts';
import { refuse } from '../../models/protocolErrors.ts';
import type { Places } from '../../models/sites/siteIndex.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { child, childrenNamed, parseXml, XML_DECLARATION, type XmlElement } from '../../wire/xml.ts';
import { callerOf } from './caller.ts';
import { packageInfoWriter } from './packageInfoWriter.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';
import { bodyText, queryText } from './requestText.ts';

const MOST_BYTES = 256 * 1024;
const MOST_PACKAGES = 500;
const MOST_ADDRESSES = 64;

interface InfoRequest {
  resource: Guid | undefined;
  packages: Guid[];
  addresses: string[];
  /** How long the agent has been trying, in minutes. */
  totalTime: number;
}

/** `<request resource version type compress totalTime><packages><package guid/></packages><addresses><address ip/>`. */
function readRequest(text: string): InfoRequest {
  const root = parseXml(text);
  const { resource } = root.attributes;
  const packages = childrenNamed(child(root, 'packages'), 'package').map((element) => requiredGuid(element, 'guid'));
  if (root.name.toLowerCase() !== 'request' || packages.length === 0) refuse('badRequest', 'no package is asked for');
  if (packages.length > MOST_PACKAGES) refuse('badRequest', `more than ${MOST_PACKAGES} packages are asked for`);
  const addresses = childrenNamed(child(root, 'addresses'), 'address').map((element) => element.attributes.ip ?? '');
  return {
    resource: resource === undefined || resource === '' ? undefined : requiredGuid(root, 'resource'),
    packages,
    addresses: addresses.filter((address) => address !== '').slice(0, MOST_ADDRESSES),
    totalTime: minutesOf(root.attributes.totalTime),
  };
}

/** What is no number of minutes counts as none: the agent has just begun. */
function minutesOf(text: string | undefined): number {
  const minutes = Number(text);
  return minutes > 0 && Number.isFinite(minutes) ? minutes : 0;
}

function requiredGuid(element: XmlElement, attribute: string): Guid {
  const text = element.attributes[attribute];
  return parseGuid(text) ?? refuse('badGuid', `${element.name}/@${attribute} is ${JSON.stringify(text?.slice(0, 60))}`);
}

function answer(context: AppContext, request: AgentRequest, text: string): AgentAnswer {
  const { resource, packages, addresses, totalTime } = readRequest(text);
  const caller = callerOf(context, request, [resource]);
  const places = context.sites.placesOf(caller.guid, addresses.length > 0 ? addresses : [request.address]);
  const writer = packageInfoWriter(context);
  const now = context.clock.now();
  const facts = {
    guid: caller.guid,
    time: attributeTime(now),
    places,
    totalTimeMinutes: totalTime,
    tokenFor: (packageGuid: Guid) => context.tokens.issueDownloadToken(caller.guid, packageGuid),
    serverTokenFor: ({ tokens }: KnownServer, packageGuid: Guid) =>
      tokens.seal({ computer: caller.guid, packageGuid, expiresAt: tokenEnd(now) }),
  };
  const elements = packages.map((guid) => {
    const entry = context.packages.get(guid);
    if (entry !== undefined) {
      context.packages.markUsed(guid);
      noteWanted(context, guid, places);
    }
    return writer.write(guid, entry, facts);
  });
  context.counters.add('packageInfo');
  // The container of several is not published; ours is `Packages`.
  const body = elements.length === 1 ? elements[0]! : `<Packages>\n${elements.join('')}</Packages>\n`;
  return { status: 200, body: XML_DECLARATION + body };
}

/**
 * "A request that arrives earlier triggers the assignment at once" (HOWTO63094): for packages that go by demand, to each
 * site that the computer is in.
 */
function noteWanted({ packageServers }: AppContext, guid: Guid, { matches }: Places): void {
  const { mode, sites } = packageServers.distributionOf(guid);
  if (mode !== 'automatic') return;
  for (const { site } of matches) {
    if (site !== undefined && !sites.has(site.guid)) packageServers.noteWanted(guid, site.guid);
  }
}

/** Requests whose body is still on its way. A budget of its own: busy policies must not starve packages (KB 181405). */
const inFlight = new WeakMap<AppContext, number>();

export const getPackageInfo: AgentPage = {
  names: ['getpackageinfo.aspx', 'getpackageinfo.asp'],

  GET: (context, request) => answer(context, request, queryText(request)),

  async POST(context, request) {
    const others = inFlight.get(context) ?? 0;
    if (others >= context.settings.maxConcurrentPackageInfoRequests) {
      refuse('serverBusy', `${others} package information requests are under way`);
    }
    inFlight.set(context, others + 1);
    try {
      return answer(context, request, await bodyText(request, MOST_BYTES));
    } finally {
      inFlight.set(context, inFlight.get(context)! - 1);
    }
  },
};

/** GetPackageSnapshot.aspx: the signed manifest of a package (packages.md section 4, samples/14). */
import type { AppContext } from '../../app/context.ts';
import type { CatalogueEntry } from '../../models/packages/catalogue.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { parseXml, xml, type XmlElement } from '../../wire/xml.ts';
import { callerOf } from './caller.ts';
import { checkDownloadToken } from './downloadToken.ts';
import { matchesEtag } from '../../wire/etag.ts';
import type { AgentAnswer, AgentPage, AgentRequest } from './page.ts';

/** The name of the parameter is not published: all that are likely are taken, in any letter case. */
const PACKAGE_PARAMETERS = ['package', 'packageguid', 'guid', 'id', 'packageid', 'xml'];
const LONGEST_PARAMETER = 64 * 1024;

function packageOf(request: AgentRequest): Guid {
  const value = PACKAGE_PARAMETERS.map((name) => request.query.get(name)).find((text) => text !== undefined);
  if (value === undefined) refuse('badRequest', 'no package is named');
  if (value.length > LONGEST_PARAMETER) refuse('badRequest', 'the parameter is too long');
  const guid = value.trimStart().startsWith('<') ? guidIn(parseXml(value)) : parseGuid(value);
  return guid ?? refuse('badGuid', `the package is named ${JSON.stringify(value.slice(0, 60))}`);
}

/** The first `guid` attribute of an element `package`, wherever it stands. */
function guidIn(element: XmlElement): Guid | undefined {
  if (element.name.toLowerCase() === 'package') return parseGuid(element.attributes.guid ?? element.attributes.id);
  for (const inner of element.children) {
    const guid = guidIn(inner);
    if (guid !== undefined) return guid;
  }
  return undefined;
}

/** A token in the address counts as well as a bearer, unless there is one. */
function checkCaller(context: AppContext, request: AgentRequest, packageGuid: Guid): void {
  const token = request.query.get('token') ?? '';
  if (token === '' || request.headers.authorization !== undefined) callerOf(context, request, []);
  else checkDownloadToken(context, request.headers, token, packageGuid);
}

/** The commonest answer, "you have it already", is given at once: a promise would be felt. */
function answer(context: AppContext, request: AgentRequest): AgentAnswer | Promise<AgentAnswer> {
  const guid = packageOf(request);
  checkCaller(context, request, guid);
  const asked = versionOf(request);
  const entry = context.packages.get(guid);
  const isKnown = entry !== undefined && (asked === undefined || entry.snapshots.has(asked));
  if (isKnown) return manifestAnswer(context, request, entry, asked);
  // Another node may have published it within the last second.
  return context.packages
    .refresh(context.cmdb, guid)
    .then(() => manifestAnswer(context, request, context.packages.get(guid), asked));
}

function versionOf(request: AgentRequest): number | undefined {
  const text = request.query.get('version');
  if (text === undefined || text === '') return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse('badRequest', 'the version is not a number');
}

function manifestAnswer(
  context: AppContext,
  request: AgentRequest,
  entry: CatalogueEntry | undefined,
  asked: number | undefined,
): AgentAnswer | Promise<AgentAnswer> {
  if (entry === undefined || !entry.isEnabled || entry.version === undefined) refuse('packageNotFound');
  const version = asked ?? entry.version;
  const summary = entry.snapshots.get(version);
  if (summary === undefined) return unknownVersion(entry, version);
  context.packages.markSnapshotUsed(entry, version);
  // A snapshot never changes once it is published, so version, hash and the key that signed it name its bytes.
  const etag = `"${version}-${summary.hash}-${summary.keyName}"`;
  const headers = { ETag: etag, 'Cache-Control': 'private, no-cache' };
  if (matchesEtag(request.headers['if-none-match'], etag)) return { status: 304, headers };
  return context.packages
    .snapshot(context.cmdb, entry, version)
    .then((snapshot) =>
      snapshot === undefined ? unknownVersion(entry, version) : { status: 200, body: snapshot.manifest, headers },
    );
}

/** An agent that lags behind is told what to ask for, instead of trying the same again for ever (KB 163475). */
function unknownVersion(entry: CatalogueEntry, version: number): AgentAnswer {
  const text = xml`<error code="versionNotFound" currentVersion="${entry.version}">Version ${version} is not kept any more: use version ${entry.version}.</error>`;
  return { status: 404, body: text.text };
}

export const getPackageSnapshot: AgentPage = {
  names: ['getpackagesnapshot.aspx', 'getpackagesnapshot.asp', 'getsnapshot.asp', 'getsnapshot.aspx'],
  GET: answer,
};

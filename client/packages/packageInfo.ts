/** GetPackageInfo: where a package's files are now (packages.md section 2, samples 12 and 13). */
import { braces, parseGuid, type Guid } from '../../wire/guid.ts';
import { PAGE } from '../../wire/paths.ts';
import { childrenNamed, parseXml, requestLimits, xml, XML_DECLARATION, type XmlElement } from '../../wire/xml.ts';
import { BadAnswer } from '../http/errors.ts';
import type { Server } from '../identity/server.ts';

export interface Codebase {
  /** Folder address; the manifest's paths are below it. */
  href: string;
  /** Address of the manifest. */
  snapshot: string;
  /** SHA-256 of that server's TLS key: the Notification Server vouches for it. */
  pin: string | undefined;
}

export interface PackageInfo {
  guid: Guid;
  name: string;
  version: number;
  /** `valid`, or why there are no codebases. */
  status: string;
  codebases: Codebase[];
}

export function writePackageInfoRequest(
  computer: Guid,
  packages: readonly Guid[],
  addresses: readonly string[],
  totalTimeMinutes: number,
): string {
  const wanted = packages.map((guid) => xml`<package guid="${braces(guid)}"/>`);
  const own = addresses.map((address) => xml`<address ip="${address}"/>`);
  return (
    XML_DECLARATION +
    xml`<request resource="${braces(computer)}" version="1" type="codebases" compress="0" totalTime="${totalTimeMinutes}"><packages>${wanted}</packages><addresses>${own}</addresses></request>`
      .text
  );
}

/** One `Package`, or several in a container of whatever name. @throws XmlError */
export function readPackageInfo(text: string): PackageInfo[] {
  const root = parseXml(text, { ...requestLimits, maxElements: 100_000 });
  const packages = root.name === 'Package' ? [root] : childrenNamed(root, 'Package');
  return packages.flatMap((element): PackageInfo[] => {
    const guid = parseGuid(element.attributes.id);
    const { name = '', version, status = '', statusDescription = '' } = element.attributes;
    if (guid === undefined) return [];
    return [
      {
        guid,
        name,
        version: Number(version) || 0,
        status: status === 'valid' ? status : statusDescription || status,
        codebases: codebasesOf(element),
      },
    ];
  });
}

// HTTP is preferred to UNC at equal speed (KB 181098), and this agent fetches over HTTP only: shares are passed over.
function codebasesOf(element: XmlElement): Codebase[] {
  return childrenNamed(element, 'Source')
    .flatMap((source) => childrenNamed(source, 'Codebase'))
    .flatMap(({ attributes: { href, snapshot, pin } }) =>
      href !== undefined && snapshot !== undefined && /^https?:/i.test(href)
        ? [{ href, snapshot, pin: /^[0-9a-f]{64}$/.test(pin ?? '') ? pin : undefined }]
        : [],
    );
}

/** @throws Unreachable, Refused, BadAnswer */
export async function askPackageInfo(
  server: Server,
  request: { computer: Guid; package: Guid; addresses: readonly string[]; totalTimeMinutes: number },
  signal: AbortSignal,
): Promise<PackageInfo> {
  const { computer, addresses, totalTimeMinutes } = request;
  const body = writePackageInfoRequest(computer, [request.package], addresses, totalTimeMinutes);
  const call = { method: 'POST' as const, address: PAGE.getPackageInfo, body };
  const answer = await server.callOk(call, 'package information', signal);
  const info = readPackageInfo(answer.text).find((candidate) => candidate.guid === request.package);
  if (info === undefined) throw new BadAnswer('the package information does not name the package');
  for (const { href, pin } of info.codebases) if (pin !== undefined) server.trustKey(new URL(href), pin);
  return info;
}

/**
 * What a computer has to be before it can have the package service. The product greys the box out behind a filter with
 * seven hidden conditions (KB 180398); here each is looked at by name, with what it found and what to do.
 */
import type { Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import type { Session } from '../cmdb/types.ts';
import type { SiteMatch } from '../sites/siteIndex.ts';

export const CHECKS = ['managed', 'registration', 'service', 'os', 'agent', 'contact', 'address', 'local'] as const;
export type CheckName = (typeof CHECKS)[number];

export interface Check {
  name: CheckName;
  /** `warning`: it may work all the same; `error`: it cannot. */
  state: 'ok' | 'warning' | 'error';
  /** What was found. */
  text: string;
  /** What to do; empty when it is well. */
  advice: string;
}

export interface Prerequisites {
  guid: Guid;
  name: string;
  /** In the order of CHECKS. */
  checks: Check[];
  isMet: boolean;
}

export interface PrerequisiteDeps {
  now: number;
  siteOf: (address: string) => SiteMatch;
}

type Finding = Omit<Check, 'name'>;

const ok = (text: string): Finding => ({ state: 'ok', text, advice: '' });
const warning = (text: string, advice: string): Finding => ({ state: 'warning', text, advice });
const error = (text: string, advice: string): Finding => ({ state: 'error', text, advice });

/** Of the computers that are there; `guids`: at most 1,000. */
export async function prerequisitesOf(
  session: Session,
  guids: readonly Guid[],
  { now, siteOf }: PrerequisiteDeps,
): Promise<Map<Guid, Prerequisites>> {
  if (guids.length === 0) return new Map();
  const rows = await readComputers(session, guids);
  const states = await registrationStates(session, guids);
  const internet = await internetSites(session);
  return new Map(
    rows.map((row) => {
      const findings: Record<CheckName, Finding> = {
        managed: managed(row),
        registration: registration(states.get(row.Guid) ?? []),
        service: service(row),
        os: operatingSystem(row.OsName ?? ''),
        agent: agent(row.AgentVersion ?? ''),
        contact: contact(row.LastContactAt, now),
        address: address(row.IpAddress ?? '', row.LastAddress ?? ''),
        local: local(row.IpAddress ?? '', siteOf, internet),
      };
      const checks = CHECKS.map((name) => ({ name, ...findings[name] }));
      const isMet = checks.every(({ state }) => state !== 'error');
      return [row.Guid, { guid: row.Guid, name: row.Name, checks, isMet }];
    }),
  );
}

type Row = Awaited<ReturnType<typeof readComputers>>[number];

function readComputers({ db }: Session, guids: readonly Guid[]) {
  return db
    .selectFrom('Resource as r')
    .leftJoin('Computer as c', 'c.ResourceGuid', 'r.Guid')
    .leftJoin('ComputerContact as k', 'k.ResourceGuid', 'r.Guid')
    .leftJoin('PackageServer as w', 'w.ResourceGuid', 'r.Guid')
    .select([
      'r.Guid',
      'r.Name',
      'r.IsManaged',
      'r.RetiredAt',
      'c.OsName',
      'c.AgentVersion',
      'c.IpAddress',
      'k.LastContactAt',
      'k.LastAddress',
      'w.ResourceGuid as Server',
    ])
    .where('r.Guid', 'in', guids)
    .where('r.ResourceTypeGuid', '=', RESOURCE_TYPE.computer)
    .where('r.DeletedAt', 'is', null)
    .execute();
}

interface Registration {
  state: string;
  isKeyOpaque: boolean;
}

async function registrationStates({ db }: Session, guids: readonly Guid[]): Promise<Map<Guid, Registration[]>> {
  const rows = await db
    .selectFrom('AgentRegistration')
    .select(['ResourceGuid', 'State', 'IsKeyOpaque'])
    .where('ResourceGuid', 'in', guids)
    .execute();
  const byComputer = Map.groupBy(rows, (row) => row.ResourceGuid);
  return new Map(
    [...byComputer].map(([guid, some]) => [
      guid,
      some.map(({ State, IsKeyOpaque }) => ({ state: State, isKeyOpaque: IsKeyOpaque === 1 })),
    ]),
  );
}

async function internetSites({ db }: Session): Promise<Set<Guid>> {
  const rows = await db.selectFrom('Site').select('Guid').where('IsInternet', '=', 1).execute();
  return new Set(rows.map(({ Guid }) => Guid));
}

function managed({ IsManaged, RetiredAt }: Row): Finding {
  if (IsManaged === 1 && RetiredAt === null) return ok('It is managed.');
  return RetiredAt === null
    ? error('It is known, and not managed.', 'Let an agent register there.')
    : error('It is retired.', 'It is managed again as soon as its agent is in contact.');
}

function registration(found: readonly Registration[]): Finding {
  const allowed = found.find(({ state }) => state === 'allowed');
  if (allowed !== undefined && !allowed.isKeyOpaque) return ok('Its registration is allowed.');
  if (allowed !== undefined) {
    return warning(
      'Its registration is allowed, with a key that cannot prove itself.',
      '“ns package-server” registers there with a key of its own: allow that request.',
    );
  }
  const [other] = found;
  if (other?.state === 'pending') {
    return error('Its registration is pending.', 'Allow it under Registration.');
  }
  if (other !== undefined) return error(`Its registration is ${other.state}.`, 'Allow it again under Registration.');
  return error('It has never registered.', 'Start its agent, or “ns package-server”, with an enrolment token.');
}

const service = ({ Server }: Row): Finding =>
  Server === null
    ? ok('It has no package service yet.')
    : error('It is a package server already.', 'Its page has its settings.');

/** What Node.js 24 runs on. */
const TOO_OLD = /windows\s+(server\s+)?(xp|vista|7|8|8\.1|2000|2003|2008|2012)\b/i;
const SUPPORTED = /windows|linux|macos|mac os|os x|darwin|ubuntu|debian|red hat|centos|suse|fedora|rocky|alma|oracle/i;
const UNSUPPORTED = /aix|solaris|sunos|hp-ux|esx|ios\b|android|chrome ?os/i;

function operatingSystem(name: string): Finding {
  if (name === '') return warning('Its operating system is not known yet.', 'It tells with its first inventory.');
  if (TOO_OLD.test(name)) return error(`${name} is too old.`, 'Take a computer with Windows 10, Server 2016 or newer.');
  if (UNSUPPORTED.test(name)) return error(`${name} is not supported.`, 'Take Linux, macOS or Windows.');
  if (SUPPORTED.test(name)) return ok(`${name} is supported.`);
  return warning(`Nobody has tried ${name}.`, 'Linux, macOS and Windows are supported.');
}

const agent = (version: string): Finding =>
  version === ''
    ? warning('The version of its agent is not known yet.', 'It tells with its first inventory.')
    : ok(`Agent ${version}. “ns package-server” takes its place, with the same state folder.`);

const SILENT_MS = 7 * 86_400_000;

function contact(lastContactAt: string | null, now: number): Finding {
  if (lastContactAt === null) return warning('It has never been in contact.', 'Start its agent.');
  if (now - Date.parse(lastContactAt) > SILENT_MS) {
    return warning('It has not been in contact for more than a week.', 'Is it on, and does it reach this server?');
  }
  return ok('It is in contact.');
}

/** Addresses that mean nothing to other computers. */
const OWN_ONLY = /^(127\.|169\.254\.|::1$|fe80:)/i;

function address(ipAddress: string, seenFrom: string): Finding {
  if (ipAddress === '') return warning('Its address is not known yet.', 'It tells with its first inventory.');
  if (OWN_ONLY.test(ipAddress)) {
    return warning(
      `${ipAddress} means nothing to other computers.`,
      'Start “ns package-server” with --host: the name or address that agents are to use.',
    );
  }
  if (seenFrom !== '' && seenFrom !== ipAddress) {
    return warning(
      `It has ${ipAddress}, and comes from ${seenFrom}: address translation or a proxy lies in between.`,
      'It serves computers that reach its own address. Switch the look from this server off if this server does not.',
    );
  }
  return ok(`Agents reach it at ${ipAddress}, if no firewall is in the way: this server will try once it reports.`);
}

function local(ipAddress: string, siteOf: PrerequisiteDeps['siteOf'], internet: ReadonlySet<Guid>): Finding {
  const { site, reason } = siteOf(ipAddress);
  if (ipAddress === '') return warning('Its site is not known yet.', 'Choose the sites that it is to serve below.');
  if (site === undefined) {
    return warning(reason, 'Choose the sites that it is to serve below, or give the subnet to a site.');
  }
  if (!internet.has(site.guid)) return ok(reason);
  return warning(
    `${reason} That is an Internet site: it has to be reached from outside.`,
    'Open its port in the firewall, or take a computer of a local site.',
  );
}

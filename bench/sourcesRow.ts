/** Where packages come from, at the sizes of bench/manyPlaces.ts: many agents in many sites ask for many packages. */
import type { Guid } from '../wire/guid.ts';
import { compare, warmUp, type Bench, type Comparison } from './compare.ts';
import { addressIn, PACKAGES, POPULAR, SERVERS, SITES, type ManyPlaces } from './manyPlaces.ts';
import { residentMb } from './processes.ts';
import type { Row } from './report.ts';
import { getPackageInfo } from './requests.ts';
import type { Server } from './server.ts';

/** Different requests, in turns: nearly as many pairs of a package and a place. */
const REQUESTS = 20_000;
/** Its server has just been started: so long, every request comes several times, as to the servers of the other rows. */
const WARM_UP_MS = 20_000;
/** With up to 50,000 choices that are kept, some 25 MB (models/packages/keptChoices.ts). */
const MOST_MB = 400;

export async function sourcesRows(
  bench: Bench,
  server: Server,
  computers: readonly Guid[],
  { packages }: Pick<ManyPlaces, 'packages'>,
): Promise<Row[]> {
  const asked: Comparison = {
    name: `GetPackageInfo, ${SITES} sites, ${SERVERS} package servers, ${PACKAGES} packages`,
    requests: requestsOf(computers, packages),
    expect: 200,
    contains: '/Altiris/PS/Share/',
    goal: 0.35,
  };
  await warmUp(bench, server, asked, WARM_UP_MS);
  return [await compare(bench, server, asked), memoryRow(server)];
}

/** Four of five are for packages that many want, as after a new policy; of the others every package comes now and then. */
function requestsOf(computers: readonly Guid[], packages: readonly Guid[]): string[] {
  return Array.from({ length: REQUESTS }, (_, number) => {
    const wanted = number % 5 === 4 ? number % packages.length : (number * 13) % (2 * POPULAR);
    const site = (number * 37) % SITES;
    // The first request is the one whose answer the bare server repeats: that of a site with a server of its own.
    return getPackageInfo(computers[number % computers.length]!, packages[wanted]!, undefined, addressIn(site, number));
  });
}

function memoryRow(server: Server): Row {
  const megabytes = residentMb(server.process.pid!);
  return {
    name: `Resident memory, ${SITES} sites, ${SERVERS} package servers, ${PACKAGES} packages`,
    ours: megabytes === undefined ? '' : `${Math.round(megabytes)} MB`,
    bound: '',
    goal: `< ${MOST_MB} MB`,
    met: megabytes === undefined ? undefined : megabytes < MOST_MB,
    note: megabytes === undefined ? 'not measured: there is no /proc' : 'after the row above',
    figures: { megabytes },
  };
}

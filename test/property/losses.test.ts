/** Who would lose every source, against asking for each place before and after the change, in worlds drawn by lot. */
import { expect } from 'chai';
import fc from 'fast-check';
import { chooseCodebases } from '../../models/packages/codebases.ts';
import {
  lossLine,
  stateAfter,
  whoLosesSources,
  type ServerChange,
  type SourceChange,
  type SourceState,
} from '../../models/packageServers/whoLosesSources.ts';
import type { SiteMatch } from '../../models/sites/siteIndex.ts';
import type { Guid } from '../../wire/guid.ts';
import { guid } from '../../wire/guid.ts';
import {
  anyWorld,
  build,
  isInside,
  OWN,
  OWN_ADDRESS,
  PACKAGE,
  serverGuid,
  siteGuid,
  siteName,
  SUBNETS,
  type Built,
  type SourceWorld,
  type WorldServer,
  type WorldSite,
} from './sourceWorlds.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const SOMEBODY = guid('99999999-0000-4000-8000-000000000001');

/** Settings count here, and not what servers hold just now. */
const usable = (world: SourceWorld): SourceWorld => ({
  ...world,
  links: [],
  uncSource: false,
  isPackageEnabled: true,
  // A server that always offers its own files would save everybody.
  settings: { ...world.settings, offerHttps: world.settings.speedTest && world.settings.offerHttps },
  servers: world.servers.map((server) => ({ ...server, isSilent: false, isProbed: false, holds: 'ready' })),
});
const world = anyWorld.map(usable);

function stateOf({ sites, sources, entry }: Built): SourceState {
  const { placement, distributionOf } = sources.servers;
  return { placement, sites, distributionOf, packages: [entry], own: OWN, ownAddresses: [OWN_ADDRESS] };
}

interface Step {
  change: SourceChange;
  after: SourceWorld;
}

/** One change of any kind, as it is asked about and as it is in the world that comes of it. */
function stepOf(before: SourceWorld, other: SourceWorld, kind: string, pick: number): Step {
  const some = <T>(list: readonly T[]): T | undefined => list[pick % Math.max(1, list.length)];
  if (kind === 'settings')
    return { change: { settings: other.settings }, after: { ...before, settings: other.settings } };
  if (kind === 'distribution') {
    const { mode, toServers, toSites } = other;
    const distribution = build(other).sources.servers.distributionOf(PACKAGE);
    const change = { distributions: new Map([[PACKAGE, distribution]]) };
    return { change, after: { ...before, mode, toServers, toSites } };
  }
  if (kind === 'subnets') return subnetStep(before, other);
  const server = some(before.servers);
  if (kind === 'serverGone' && server !== undefined) {
    const change: SourceChange = { servers: new Map([[serverGuid(server.number), 'gone']]) };
    return { change, after: { ...before, servers: before.servers.filter((known) => known !== server) } };
  }
  if (kind === 'server' && server !== undefined) return serverStep(before, server, some(other.servers) ?? server);
  if (kind === 'rule') return ruleStep(before, some(other.sites));
  if (kind === 'siteGone') return goneStep(before, some(before.sites));
  return { change: {}, after: before };
}

function serverStep(before: SourceWorld, server: WorldServer, as: WorldServer): Step {
  const { isEnabled, isDraining, https, http, unc, givenSites } = as;
  const known = givenSites.filter((number) => before.sites.some((site) => site.number === number));
  const asked: ServerChange = { isEnabled, isDraining, publishHttps: https, publishHttp: http, publishUnc: unc };
  const change = { servers: new Map([[serverGuid(server.number), { ...asked, sites: known.map(siteGuid) }]]) };
  const changed = { ...server, isEnabled, isDraining, https, http, unc, givenSites: known };
  return { change, after: { ...before, servers: before.servers.map((one) => (one === server ? changed : one)) } };
}

/** A site keeps what it is: only where its computers go otherwise changes. A new one is not for the Internet. */
function ruleStep(before: SourceWorld, wanted: WorldSite | undefined): Step {
  if (wanted === undefined) return { change: {}, after: before };
  const present = before.sites.find(({ number }) => number === wanted.number);
  const site = { ...wanted, isInternet: present?.isInternet ?? false };
  const after = { ...before, sites: [...before.sites.filter((known) => known !== present), site] };
  const rule = build(after).sources.servers.placement.sites.get(siteGuid(site.number))!;
  // The subnets and servers that name a site that is not there yet are not given to it by this change.
  const subnets = before.subnets.map((number) => (number === site.number && present === undefined ? null : number));
  const servers = before.servers.map((server) => ({
    ...server,
    givenSites:
      present === undefined ? server.givenSites.filter((number) => number !== site.number) : server.givenSites,
  }));
  return { change: { rules: [rule] }, after: { ...after, subnets, servers } };
}

function goneStep(before: SourceWorld, site: WorldSite | undefined): Step {
  if (site === undefined) return { change: {}, after: before };
  const others = before.sites.filter((known) => known !== site);
  const sites = others.map((known) =>
    known.fallback === 'site' && known.fallbackSite === site.number ? { ...known, fallback: 'server' as const } : known,
  );
  return { change: { goneSites: [siteGuid(site.number)] }, after: { ...before, sites } };
}

function subnetStep(before: SourceWorld, other: SourceWorld): Step {
  const inside = other.subnets.map((number) =>
    number === undefined || number === null || isInside(before, number) ? number : null,
  );
  const subnets = new Map<string, { guid: Guid; name: string } | undefined | 'gone'>();
  for (const [index, text] of SUBNETS.entries()) {
    const number = inside[index];
    if (before.subnets[index] === number) continue;
    const site = typeof number === 'number' ? { guid: siteGuid(number), name: siteName(number) } : undefined;
    subnets.set(text, number === undefined ? 'gone' : site);
  }
  return { change: { subnets }, after: { ...before, subnets: inside } };
}

/** Whether somebody there would be offered a place at last; what goes on demand has then come to the site. */
function isServed(described: SourceWorld, match: SiteMatch, isForAll: boolean): boolean {
  const number = described.sites.find((site) => siteGuid(site.number) === match.site?.guid)?.number;
  const asked =
    described.mode === 'automatic' && number !== undefined ? [...described.toSites, number] : described.toSites;
  const { sources, entry } = build({ ...described, mode: isForAll ? 'all' : described.mode, toSites: asked });
  const places = { site: match, matches: [match], servers: [], serversReason: '' };
  const asker = { places, totalTimeMinutes: 1e6, computer: SOMEBODY };
  return chooseCodebases(entry, OWN.https, sources, asker).status === 'valid';
}

const at = (site: { guid: Guid; name: string } | undefined, subnet?: string): SiteMatch => ({
  site,
  subnet,
  reason: '',
});

/** By who: the place before and after. */
function placesOf(before: SourceWorld, { change, after }: Step): Map<string, [SiteMatch, SiteMatch]> {
  const places = new Map<string, [SiteMatch, SiteMatch]>();
  for (const { number } of after.sites) {
    const site = { guid: siteGuid(number), name: siteName(number) };
    const isNew = !before.sites.some((known) => known.number === number);
    places.set(site.name, [at(isNew ? undefined : site), at(site)]);
  }
  places.set('Computers outside every site', [at(undefined), at(undefined)]);
  const gone = (change.goneSites ?? []).flatMap((site) => build(before).sites.subnetsOf(site));
  for (const text of [...(change.subnets?.keys() ?? []), ...gone]) {
    const address = text.split('/')[0]!;
    const [was, will] = [build(before).sites.siteOf(address).site, build(after).sites.siteOf(address).site];
    if (was?.guid !== will?.guid) places.set(`Computers of ${text}`, [at(was, text), at(will, text)]);
  }
  return places;
}

describe('who loses every source', function () {
  this.timeout(120_000);
  let found = 0;
  const kinds = ['settings', 'distribution', 'subnets', 'serverGone', 'server', 'rule', 'siteGone'];
  for (const kind of kinds) {
    it(`is who was offered one before and is not after, for a change of ${kind}`, () => {
      const property = fc.property(world, world, fc.nat(20), (before, other, pick) => {
        const step = stepOf(before, other, kind, pick);
        const built = build(before);
        const losses = new Map(whoLosesSources(stateOf(built), step.change).map((loss) => [loss.who, loss]));
        const expected: [string, string][] = [];
        for (const [who, [was, will]] of placesOf(before, step)) {
          const lost = (isForAll: boolean): boolean =>
            isServed(before, was, isForAll) && !isServed(step.after, will, isForAll);
          if (lost(true)) expected.push([who, 'all']);
          else if (lost(false)) expected.push([who, 'some']);
        }
        const told = [...losses.values()].map(({ who, packages }): [string, string] => [
          who,
          packages === undefined ? 'all' : 'some',
        ]);
        expect(told.sort()).to.deep.equal(expected.sort());
        for (const loss of losses.values()) expect(lossLine(loss)).to.include(`${loss.who}: no source for `);
        found += expected.length;
      });
      fc.assert(property, { numRuns: RUNS });
    });
  }

  it('is asked of servers that stand elsewhere only: the others stay the same objects', () => {
    let stayed = 0;
    const property = fc.property(world, world, fc.constantFrom('subnets', 'siteGone'), (before, other, kind) => {
      const { change } = stepOf(before, other, kind, 0);
      const state = stateOf(build(before));
      for (const [server, { sites, subnets }] of stateAfter(state, change).placement.servers) {
        const former = state.placement.servers.get(server)!;
        const isThere = former.sites.join() === sites.join() && former.subnets.join() === subnets.join();
        expect(stateAfter(state, change).placement.servers.get(server) === former).to.equal(isThere);
        if (isThere) stayed++;
      }
    });
    fc.assert(property, { numRuns: RUNS });
    expect(stayed).to.be.above(0);
  });

  it('was somebody often enough: nothing was not compared with nothing', () => {
    expect(found).to.be.above(kinds.length);
  });
});

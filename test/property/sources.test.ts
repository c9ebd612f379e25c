/** What GetPackageInfo answers, against the rules written down naively, in worlds that are drawn by lot. */
import { expect } from 'chai';
import fc from 'fast-check';
import { inOrderFor, seedOf } from '../../models/packages/agentOrder.ts';
import { candidateLine } from '../../models/packages/explainSources.ts';
import { MOST_OF_A_TIER, PackageInfoWriter, type PackageInfoCaller } from '../../models/packages/packageInfo.ts';
import type { Sources } from '../../models/packages/codebases.ts';
import type { Guid } from '../../wire/guid.ts';
import { guid, newGuid } from '../../wire/guid.ts';
import { childrenNamed, child, parseXml } from '../../wire/xml.ts';
import { addressesOf, naiveChoice, ownAddresses } from './naiveSources.ts';
import {
  anyQuestion,
  anyWorld,
  build,
  PACKAGE,
  serverGuid,
  type Built,
  type Question,
  type SourceWorld,
} from './sourceWorlds.ts';

const RUNS = Number(process.env.FUZZ_RUNS ?? 200);
const NOBODY = guid('00000000-0000-0000-0000-000000000000');

function callerOf({ sites }: Built, { computer, addresses, minutes }: Question): PackageInfoCaller {
  return {
    guid: computer ?? NOBODY,
    time: '2030-01-07 12:00:00',
    places: sites.placesOf(computer, addresses),
    totalTimeMinutes: minutes,
    tokenFor: () => 'OWN',
    serverTokenFor: ({ name }) => name.replace(' ', ''),
  };
}

interface Told {
  status: string;
  addresses: string[];
}

/** What an agent reads out of the answer. */
function read(text: string): Told {
  const root = parseXml(text);
  expect(root.attributes).to.include({ id: `{${PACKAGE}}` });
  const codebases = childrenNamed(child(root, 'Source'), 'Codebase');
  for (const { attributes } of codebases) {
    expect(attributes.snapshot).to.match(/^https?:\/\/ns\.test\/.*GetPackageSnapshot\.aspx\?package=.*&token=OWN$/);
  }
  return {
    status: root.attributes.status!,
    addresses: codebases.map(({ attributes }) => attributes.href ?? attributes.unc!),
  };
}

/** What the naive rules say, with equals in the agent's own order. */
function expected(world: SourceWorld, question: Question): Told {
  const { tiers, server } = naiveChoice(world, question);
  const packageServers = tiers.flatMap((numbers) =>
    orderOf(question.computer ?? NOBODY, world, numbers).flatMap((number) =>
      addressesOf(world.servers.find((known) => known.number === number)!),
    ),
  );
  const addresses = [...packageServers, ...(server ? ownAddresses(world) : [])];
  return { status: addresses.length > 0 ? 'valid' : 'notready', addresses };
}

function orderOf(agent: Guid, world: SourceWorld, numbers: readonly number[]): number[] {
  const ranked = numbers.map((number) => ({
    number,
    seed: seedOf(serverGuid(number)),
    share: world.servers.find((known) => known.number === number)!.share,
  }));
  return inOrderFor(agent, ranked).map(({ number }) => number);
}

describe('the sources that an agent is told', function () {
  this.timeout(120_000);
  it('are those of the rules, also when the choice was kept, and when the world has changed since', () => {
    const property = fc.property(
      fc.array(anyWorld, { minLength: 1, maxLength: 3 }),
      fc.array(anyQuestion, { minLength: 1, maxLength: 6 }),
      (worlds, questions) => {
        let now = build(worlds[0]!);
        // One writer for all worlds: what it keeps of one must not be told in the next.
        const sources: Sources = {
          get servers() {
            return now.sources.servers;
          },
          own: now.sources.own,
          ownPlaces: () => now.sources.ownPlaces(),
        };
        const writer = new PackageInfoWriter('https://ns.test', 'KEY', sources);
        for (const world of [...worlds, worlds[0]!]) {
          now = build(world);
          for (const question of [...questions, ...questions]) {
            const caller = callerOf(now, question);
            expect(read(writer.write(PACKAGE, now.entry, caller))).to.deep.equal(expected(world, question));
          }
        }
      },
    );
    fc.assert(property, { numRuns: RUNS });
  });

  it('are the ones that Explain lists as offered, in the same order, with a reason for each that is not', () => {
    const property = fc.property(anyWorld, anyQuestion, (world, question) => {
      const built = build(world);
      const writer = new PackageInfoWriter('https://ns.test', 'KEY', built.sources);
      const caller = callerOf(built, question);
      const told = read(writer.write(PACKAGE, built.entry, caller));
      const { candidates, status } = writer.explain(built.entry, caller);
      const offered = candidates.filter((candidate) => candidate.offered);
      const begins = offered.flatMap((candidate) => candidateLine(candidate).addresses);
      expect(status).to.equal(told.status);
      expect(told.addresses).to.have.length(begins.length);
      told.addresses.forEach((address, index) => expect(address.startsWith(begins[index]!), address).to.equal(true));
      expect(candidates.slice(offered.length).some((candidate) => candidate.offered)).to.equal(false);
      if (!world.isPackageEnabled) return;
      // Nobody is left out of the explanation, and nobody is in it twice.
      const named = candidates.flatMap(({ server }) => server?.guid ?? []);
      expect([...named].sort()).to.deep.equal(world.servers.map(({ number }) => serverGuid(number)).sort());
      for (const { reason } of candidates) expect(reason).to.match(/^[A-Z].{10,}[.a-z]$/);
    });
    fc.assert(property, { numRuns: RUNS * 3 });
  });
});

describe('the order among equal package servers', () => {
  const agents = Array.from({ length: 4000 }, newGuid);
  const equals = (shares: readonly number[]) =>
    shares.map((share, number) => ({ number, share, seed: seedOf(serverGuid(number)) }));
  const firsts = (shares: readonly number[]): number[] => {
    const counts = shares.map(() => 0);
    for (const agent of agents) counts[inOrderFor(agent, equals(shares))[0]!.number]!++;
    return counts.map((count) => count / agents.length);
  };

  it('gives each as many agents as its share says', () => {
    const [small, medium, large] = firsts([100, 200, 500]) as [number, number, number];
    // Six standard deviations of a draw among 4,000.
    expect(small).to.be.closeTo(1 / 8, 0.032);
    expect(medium).to.be.closeTo(2 / 8, 0.042);
    expect(large).to.be.closeTo(5 / 8, 0.046);
  });

  it('puts who has no share behind all others, and spreads agents over those as well', () => {
    for (const agent of agents) {
      const order = inOrderFor(agent, equals([0, 1, 0, 10_000])).map(({ number }) => number);
      expect(order.slice(2).sort()).to.deep.equal([0, 2]);
    }
    const [one] = firsts([0, 0]) as [number, number];
    expect(one).to.be.closeTo(1 / 2, 0.048);
  });

  it('stays when others come, go or get another share', () => {
    const some = fc.uniqueArray(fc.record({ number: fc.nat(30), share: fc.nat(5) }), {
      maxLength: 12,
      selector: ({ number }) => number,
    });
    const property = fc.property(some, fc.nat(agents.length - 1), fc.nat(11), (known, place, changed) => {
      const servers = known.map((server) => ({ ...server, seed: seedOf(serverGuid(server.number)) }));
      const order = (list: typeof servers): number[] => inOrderFor(agents[place]!, list).map(({ number }) => number);
      const other = servers[changed]?.number;
      const without = (numbers: number[]): number[] => numbers.filter((number) => number !== other);
      expect(order(servers.toReversed())).to.deep.equal(order(servers));
      expect(order(servers.filter(({ number }) => number !== other))).to.deep.equal(without(order(servers)));
      const reshared = servers.map((server) =>
        server.number === other ? { ...server, share: server.share + 1 } : server,
      );
      expect(without(order(reshared))).to.deep.equal(without(order(servers)));
    });
    fc.assert(property, { numRuns: RUNS });
  });

  it('is told for so many at most, and Explain says who is left out', () => {
    const count = MOST_OF_A_TIER + 5;
    const [one] = fc.sample(
      anyWorld.filter(({ servers, isPackageEnabled }) => servers.length > 0 && isPackageEnabled),
      1,
    );
    const server = { ...one!.servers[0]!, givenSites: [], isEnabled: true, isDraining: false, isSilent: false };
    const ready = { ...server, isProbed: false, https: true, http: false, unc: false, holds: 'ready' as const };
    const world: SourceWorld = {
      ...one!,
      sites: [],
      links: [],
      mode: 'all',
      servers: Array.from({ length: count }, (_, number) => ({ ...ready, number, share: 100 })),
    };
    const built = build(world);
    const writer = new PackageInfoWriter('https://ns.test', 'KEY', built.sources);
    const caller = callerOf(built, { computer: agents[0]!, addresses: ['192.0.2.1'], minutes: 0 });
    const { addresses } = read(writer.write(PACKAGE, built.entry, caller));
    expect(addresses).to.have.length(MOST_OF_A_TIER);
    const all = orderOf(
      agents[0]!,
      world,
      world.servers.map(({ number }) => number),
    );
    const best = all.slice(0, MOST_OF_A_TIER).map((number) => `https://ps${number}.test`);
    expect(addresses.map((address) => new URL(address).origin)).to.deep.equal(best);
    const left = writer
      .explain(built.entry, caller)
      .candidates.filter(({ server: known, offered }) => known && !offered);
    expect(left.map(({ server: known }) => known!.guid).sort()).to.deep.equal(
      all.slice(MOST_OF_A_TIER).map(serverGuid).sort(),
    );
    for (const { reason } of left) expect(reason).to.include(`${MOST_OF_A_TIER} others come before it`);
  });
});

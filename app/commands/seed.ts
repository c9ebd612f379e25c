/** `ns seed`: fills a CMDB with a believable company, for benchmarks, screenshots and demonstrations. */
import { parseArgs } from 'node:util';
import { SeedRefused, seedCmdb, type SeedOptions } from '../../models/seed/seed.ts';
import { openForCommand, UsageError, type Command } from './command.ts';

const usage = `ns seed --computers N [options]

Fills the CMDB with a believable company: offices with subnets, computers with inventory, packages, policies, a month
of deliveries, counters and audit entries. Rows only: there are no files behind the packages. Computers are registered
without a key, so the server knows them by GUID from the ranges of NS_LEGACY_AGENTS only.

  --computers N   computers to make
  --packages P    packages (default 40)
  --policies Q    software-delivery policies (default 25)
  --sites S       offices (default 12)
  --events E      deliveries of the last 30 days (default 3 for each computer)
  --seed X        any text; the same text gives the same company (default 1)
  --force         add to a CMDB that has computers already`;

function whole(name: string, text: string | undefined, byDefault: number): number {
  if (text === undefined) return byDefault;
  if (!/^\d{1,8}$/.test(text)) throw new UsageError(`--${name} must be a whole number, not "${text}"`);
  return Number(text);
}

function readOptions(args: string[]): SeedOptions {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: {
      computers: text,
      packages: text,
      policies: text,
      sites: text,
      events: text,
      seed: text,
      force: { type: 'boolean' },
    },
  });
  if (values.computers === undefined) throw new UsageError('--computers is missing');
  const computers = whole('computers', values.computers, 0);
  return {
    computers,
    packages: whole('packages', values.packages, 40),
    policies: whole('policies', values.policies, 25),
    sites: whole('sites', values.sites, 12),
    events: whole('events', values.events, computers * 3),
    seed: values.seed ?? '1',
    force: values.force ?? false,
  };
}

export const seedCommand: Command = {
  name: 'seed',
  summary: 'fill a CMDB with a believable company',
  usage,
  async run(args, io) {
    const options = readOptions(args);
    const { cmdb, clock, close } = await openForCommand(io);
    const started = performance.now();
    try {
      const actor = { name: 'ns seed', address: '' };
      const result = await seedCmdb(cmdb, clock, actor, options, (rows) => io.progress(`${rows} rows written`));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      io.out(
        `${result.computers} computers, ${result.sites} sites, ${result.packages} packages, ${result.policies} policies, ` +
          `${result.deliveries} deliveries: ${result.rows} rows in ${seconds} s.`,
      );
      return 0;
    } catch (error) {
      if (!(error instanceof SeedRefused)) throw error;
      io.err(`Nothing was seeded: ${error.message}.`);
      return 1;
    } finally {
      await close();
    }
  },
};

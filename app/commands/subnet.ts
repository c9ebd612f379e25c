/** `ns subnet`: subnets from and to a CSV file. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { InvalidInput } from '../../models/fieldErrors.ts';
import { importSubnets, planImport, type ImportPlan } from '../../models/sites/importSubnets.ts';
import { allSubnets } from '../../models/sites/listSubnets.ts';
import { writeSubnetCsv } from '../../models/sites/subnetCsv.ts';
import { openForCommand, UsageError, type Command, type CommandCmdb, type CommandIo } from './command.ts';

const usage = `ns subnet import FILE [--create-sites] [--preview]
ns subnet export FILE

import    makes and changes subnets as the lines of the file say, all at once; lines that are wrong are named and left out
export    writes all subnets into a file that an import takes

  --create-sites   make sites that are not there; otherwise their lines are left out
  --preview        say what would be done, and write nothing

Columns: subnet, mask if the subnet has none, site, name; or as the headings of the first line say. The console shows as
well which computers would change their site.`;

const actor = { name: 'ns subnet', address: '' };

export const subnetCommand: Command = {
  name: 'subnet',
  summary: 'import subnets from a CSV file, and export them',
  usage,
  async run(args, io) {
    const { action, file, options } = readArguments(args);
    const csv = action === 'import' ? readFileSync(file, 'utf8') : '';
    const opened = await openForCommand(io);
    try {
      return await (action === 'import' ? importFrom(opened, io, csv, options) : exportTo(opened, io, file));
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      for (const { message } of error.errors) io.err(message);
      return 1;
    } finally {
      await opened.close();
    }
  },
};

interface Options {
  createSites: boolean;
  preview: boolean;
}

function readArguments(args: string[]): { action: 'import' | 'export'; file: string; options: Options } {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { 'create-sites': flag, preview: flag },
  });
  const [action, file, ...rest] = positionals;
  if (action !== 'import' && action !== 'export') throw new UsageError('Say import or export.');
  if (file === undefined || rest.length > 0) throw new UsageError(`${action} takes one file.`);
  return { action, file, options: { createSites: values['create-sites'], preview: values.preview } };
}

async function importFrom({ cmdb, clock }: CommandCmdb, io: CommandIo, csv: string, options: Options): Promise<number> {
  const plan = options.preview
    ? await planImport(cmdb, csv, options)
    : await importSubnets(cmdb, clock, actor, csv, options);
  for (const { number, reason } of plan.faults) io.err(`line ${number}: ${reason}`);
  io.out(`${options.preview ? 'nothing written; ' : ''}${summaryOf(plan)}`);
  return plan.faults.length === 0 ? 0 : 1;
}

const summaryOf = ({ create, change, same, faults, newSites }: ImportPlan): string =>
  `subnets made: ${create.length}, changed: ${change.length}, as they are: ${same}; sites made: ${newSites.length}; lines left out: ${faults.length}`;

async function exportTo({ cmdb }: CommandCmdb, io: CommandIo, file: string): Promise<number> {
  const subnets = await allSubnets(cmdb);
  writeFileSync(file, writeSubnetCsv(subnets));
  io.out(`subnets written to ${file}: ${subnets.length}`);
  return 0;
}

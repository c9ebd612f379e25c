import { z } from 'zod';
import { importSubnets, planImport, type ImportPlan } from '../../../models/sites/importSubnets.ts';
import { allSubnets } from '../../../models/sites/listSubnets.ts';
import { previewChange } from '../../../models/sites/previewChange.ts';
import { proposedBy } from '../../../models/sites/proposedSubnets.ts';
import { writeSubnetCsv } from '../../../models/sites/subnetCsv.ts';
import { previewDeps } from '../../sitePreview.ts';
import { ok, route } from '../route.ts';
import { previewView } from '../sites/previewChange.ts';

// Line ends and tabs are what such a file is made of: the text is looked at line by line.
const csvLines = z.array(z.string().max(2000)).max(10_001);

export const importSubnetsRoute = route({
  method: 'post',
  path: '/subnets/import',
  scope: 'write',
  summary: 'Makes and changes subnets as the lines of a CSV file say, all at once; preview writes nothing',
  body: z.strictObject({
    lines: csvLines,
    createSites: z.boolean().default(false),
    preview: z.boolean().default(false),
  }),
  async handle({ context, actor, body: { lines, createSites, preview } }) {
    const { cmdb, clock } = context;
    const file = lines.join('\n');
    if (!preview) return ok(planView(await importSubnets(cmdb, clock, actor, file, { createSites })));
    const plan = await planImport(cmdb, file, { createSites });
    const change = await proposedBy(cmdb, plan);
    return ok({ ...planView(plan), effect: previewView(await previewChange(cmdb, previewDeps(context), change)) });
  },
});

export const exportSubnetsRoute = route({
  method: 'get',
  path: '/subnets/export',
  scope: 'read',
  summary: 'All subnets as the lines of a CSV file that an import takes',
  async handle({ context }) {
    const lines = writeSubnetCsv(await allSubnets(context.cmdb))
      .replace(/^\uFEFF/, '')
      .split('\r\n');
    return ok({ lines: lines.slice(0, -1) });
  },
});

function planView({ create, change, same, faults, newSites, unknownSites }: ImportPlan) {
  return {
    created: create.length,
    changed: change.length,
    same,
    faults: faults.map(({ number, text, reason }) => ({ line: number, text, reason })),
    newSites: newSites.map(({ name }) => name),
    unknownSites,
  };
}

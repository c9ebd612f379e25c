/** Sends a package to other package servers: asks first when a site would be left without any source of it. */
import type { Request, Response, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { changeDistribution, DISTRIBUTION_MODES, MODE_WORDS } from '../../../models/packageServers/distribution.ts';
import type { SourceChange } from '../../../models/packageServers/whoLosesSources.ts';
import type { FieldError } from '../../../models/fieldErrors.ts';
import type { PackageDetail } from '../../../models/packages/getPackage.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askBeforeLoss } from '../askBeforeLoss.ts';
import { attempt, type FormValues } from '../form.ts';
import { notFound, PageError } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { loadPackage } from './loadPackage.ts';

/** What a form may send: texts, not yet checked. */
export interface AskedDistribution {
  mode: string;
  servers: readonly string[];
  sites: readonly string[];
}

export type ChangeOutcome = 'answered' | { errors: readonly FieldError[] };

/** Changes it and goes back to the tab, or asks; what is wrong with the input is handed back. */
export async function changeServers(
  context: AppContext,
  request: Request,
  response: Response,
  software: PackageDetail,
  asked: AskedDistribution,
): Promise<ChangeOutcome> {
  const { cmdb, clock, packageServers } = context;
  const path = at(`/packages/${software.Guid}/servers`);
  const values = { mode: asked.mode, servers: asked.servers, sites: asked.sites };
  const change = { action: path, values, submit: 'Change it all the same', cancel: path };
  if (await askBeforeLoss(context, request, response, changeOf(software.Guid, asked), change)) return 'answered';
  const result = await attempt(() => changeDistribution(cmdb, clock, actorOf(request), software.Guid, asked));
  if ('errors' in result) return result;
  if (!result.done) throw notFound('package');
  await packageServers.applyChange(cmdb, { Id: 0, Kind: 'package', ItemGuid: software.Guid });
  const mode = MODE_WORDS[asked.mode as keyof typeof MODE_WORDS];
  notify(request, `Package ${software.Name} goes to: ${mode.toLowerCase()}.`);
  response.redirect(303, path);
  return 'answered';
}

function changeOf(guid: Guid, asked: AskedDistribution): SourceChange {
  const mode = DISTRIBUTION_MODES.find((known) => known === asked.mode);
  // What is no mode is refused by the model.
  if (mode === undefined) return {};
  return { distributions: new Map([[guid, { mode, servers: guidsOf(asked.servers), sites: guidsOf(asked.sites) }]]) };
}

const guidsOf = (texts: readonly string[]): Set<Guid> =>
  new Set(texts.map((text) => parseGuid(text)).filter((guid) => guid !== undefined));

/** Assign and unassign one server, where the package goes to servers individually. */
export function registerAssignServer(router: Router, context: AppContext): void {
  for (const verb of ['assign', 'unassign'] as const) {
    router.post(`/packages/:guid/servers/:server/${verb}`, requirePrivilege('write'), async (request, response) => {
      const software = await loadPackage(context.cmdb, request);
      const server = context.packageServers.get(parseGuid(String(request.params.server)) ?? ('' as Guid));
      if (server === undefined) throw notFound('package server');
      const { mode, servers } = context.packageServers.distributionOf(software.Guid);
      if (mode !== 'servers') {
        const why = `The package goes to: ${MODE_WORDS[mode].toLowerCase()}.`;
        throw new PageError(409, 'Servers are not chosen one by one', 'Nothing was changed.', why);
      }
      const others = [...servers].filter((guid) => guid !== server.guid);
      const asked = { mode, servers: verb === 'assign' ? [...others, server.guid] : others, sites: [] };
      const outcome = await changeServers(context, request, response, software, asked);
      if (outcome !== 'answered')
        throw new PageError(
          409,
          'It could not be changed',
          'Nothing was changed.',
          outcome.errors.map(({ message }) => message).join(' '),
        );
    });
  }
}

/** A form's values as they are asked for. */
export const askedBy = (values: FormValues): AskedDistribution => {
  const list = (name: string): string[] => [values[name] ?? []].flat().filter((text) => text !== '');
  return { mode: list('mode')[0] ?? '', servers: list('servers'), sites: list('sites') };
};

/**
 * Resend and re-verify: orders to the package servers that are to hold packages. An order holds for all that a server
 * keeps: it asks for everything anew, or hashes every file.
 */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { orderPackageServer } from '../../../models/packageServers/changePackageServers.ts';
import { serversOfPackages } from '../../../models/packageServers/serversOfPackages.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { askFirst, isConfirmed } from '../confirm.ts';
import { counted } from '../format.ts';
import { notFound } from '../pageError.ts';
import { at } from '../paths.ts';
import { notify } from '../render.ts';
import { actorOf, requirePrivilege } from '../signedIn.ts';
import { chosenPackages, LIST_PAGES } from './chosenPackages.ts';
import { loadPackage } from './loadPackage.ts';

const SERVERS = ['package server', 'package servers'] as const;

const ORDERS = { resend: 'resync', verify: 'verify' } as const;
type Verb = keyof typeof ORDERS;

const DOES: Record<Verb, string> = {
  resend: 'told to ask for its packages anew, whatever it waits for',
  verify: 'told to hash every file that it holds',
};

/** Answers how many were there to be told. */
async function order(context: AppContext, request: Request, verb: Verb, servers: readonly Guid[]): Promise<number> {
  const { cmdb, clock, packageServers } = context;
  let told = 0;
  for (const guid of servers) {
    if (!(await orderPackageServer(cmdb, clock, actorOf(request), guid, ORDERS[verb]))) continue;
    await packageServers.refreshServer(cmdb, guid);
    told++;
  }
  return told;
}

const saidOf = (verb: Verb, count: number): string =>
  count === 0
    ? 'No package server is to hold them: there is nobody to tell.'
    : `${counted(count, SERVERS)} ${count === 1 ? 'is' : 'are each'} ${DOES[verb]}.`;

export function registerListOrders(router: Router, context: AppContext): void {
  const [page] = LIST_PAGES;
  for (const verb of Object.keys(ORDERS) as Verb[]) {
    router.post(`/packages/${verb}`, requirePrivilege('write'), async (request, response) => {
      const guids = await chosenPackages(request, context, page!);
      const servers = serversOfPackages(context, guids);
      if (verb === 'verify' && servers.length > 0 && !isConfirmed(request)) {
        return askFirst(request, response, {
          title: `Re-verify on ${counted(servers.length, SERVERS)}?`,
          text: 'Each of them hashes every file that it holds, of these and of other packages. That keeps its disk busy; it goes on serving meanwhile. What is damaged is fetched again.',
          items: servers.map(({ name }) => name),
          action: at('/packages/verify'),
          hidden: [['ids', guids.join()]],
          submit: `Re-verify on ${counted(servers.length, SERVERS)}`,
          cancel: at('/packages'),
        });
      }
      const told = await order(
        context,
        request,
        verb,
        servers.map(({ guid }) => guid),
      );
      notify(request, saidOf(verb, told), told > 0 ? 'ok' : 'bad');
      response.redirect(303, at('/packages'));
    });
  }
}

/** For one server of one package. */
export function registerServerOrders(router: Router, context: AppContext): void {
  for (const verb of Object.keys(ORDERS) as Verb[]) {
    router.post(`/packages/:guid/servers/:server/${verb}`, requirePrivilege('write'), async (request, response) => {
      const software = await loadPackage(context.cmdb, request);
      const server = context.packageServers.get(parseGuid(String(request.params.server)) ?? ('' as Guid));
      if (server === undefined) throw notFound('package server');
      const told = await order(context, request, verb, [server.guid]);
      notify(
        request,
        told > 0 ? `${server.name} is ${DOES[verb]}.` : 'It is no package server any more.',
        told > 0 ? 'ok' : 'bad',
      );
      response.redirect(303, at(`/packages/${software.Guid}/servers`));
    });
  }
}

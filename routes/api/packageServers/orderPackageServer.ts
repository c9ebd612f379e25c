import { orderPackageServer, type PackageServerOrder } from '../../../models/packageServers/changePackageServers.ts';
import { byGuid } from '../input.ts';
import { required } from '../problem.ts';
import { ok, route } from '../route.ts';
import { packageServerView } from './packageServerView.ts';

const orderRoute = (order: PackageServerOrder, summary: string) =>
  route({
    method: 'post',
    path: `/package-servers/{guid}/${order}`,
    scope: 'write',
    summary,
    params: byGuid,
    async handle({ context, actor, params: { guid } }) {
      required(await orderPackageServer(context.cmdb, context.clock, actor, guid, order), 'package server');
      return ok(await packageServerView(context, guid));
    },
  });

export const verifyPackageServerRoute = orderRoute(
  'verify',
  'Has it hash every file again and fetch anew what is damaged',
);
export const resyncPackageServerRoute = orderRoute('resync', 'Has it try at once what it lacks, and report in full');
export const resendPackageStatusRoute = orderRoute(
  'resend',
  'Has it report in full, which takes the place of all that is known of it',
);
export const drainPackageServerRoute = orderRoute('drain', 'Sends computers elsewhere; what is under way goes on');
export const undrainPackageServerRoute = orderRoute('undrain', 'Sends computers there again');

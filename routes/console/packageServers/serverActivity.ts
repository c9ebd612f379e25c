/** How many computers fetched from a package server, day by day. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { utc } from '../../../models/clock.ts';
import { readClientDays } from '../../../models/packageServers/clientDays.ts';
import { ALL_PACKAGES } from '../../../wire/packageServer.ts';
import { render } from '../render.ts';
import { dayChart } from './dayChart.ts';
import { loadPackageServer } from './loadPackageServer.ts';
import { serverPage } from './serverPage.ts';

const DAYS = 30;
const DAY = 86_400_000;

export function registerServerActivity(router: Router, context: AppContext): void {
  const { cmdb, clock } = context;
  router.get('/package-servers/:guid/activity', async (request, response) => {
    const server = await loadPackageServer(context, request);
    const now = clock.now();
    const sinceAt = utc((Math.floor(now / DAY) - DAYS + 1) * DAY);
    const days = await readClientDays(cmdb, { server: server.guid, packageGuid: ALL_PACKAGES, sinceAt });
    await render(request, response, 'packageServers/activity', {
      ...serverPage(request, server, '/activity'),
      days: DAYS,
      chart:
        days.length === 0
          ? undefined
          : dayChart(
              days.map(({ dayAt, clients }) => ({ dayAt, value: clients })),
              now,
              DAYS,
            ),
      table: {
        caption: 'Computers, requests and bytes, day by day',
        columns: [
          { label: 'Day (UTC)' },
          { label: 'Computers', numeric: true },
          { label: 'Requests', numeric: true },
          { label: 'Sent', numeric: true },
        ],
        rows: [...days]
          .reverse()
          .map(({ dayAt, clients, requests, bytes }) => [
            dayAt.slice(0, 10),
            clients,
            requests,
            { kind: 'bytes', bytes },
          ]),
      },
    });
  });
}

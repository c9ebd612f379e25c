/** Health: one line a check, with the fix and the page where to do it. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { HealthCheck, HealthTopic } from '../../../models/metrics/health.ts';
import { healthOf } from '../attention.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';

/** Where a check's matter is looked at and mended. */
export const TOPIC_PAGES: Readonly<Record<HealthTopic, { label: string; href: string }>> = {
  cmdb: { label: 'Settings', href: at('/settings', { q: 'cmdb' }) },
  certificate: { label: 'Settings', href: at('/settings', { q: 'tls' }) },
  queue: { label: 'Event queues', href: at('/events') },
  badEvents: { label: 'Bad events', href: at('/events/bad') },
  disk: { label: 'Settings', href: at('/settings', { q: 'disk' }) },
  packages: { label: 'Packages with problems', href: at('/packages/problems') },
  packageServers: { label: 'Package servers', href: at('/package-servers') },
  agents: { label: 'Computers', href: at('/computers', { silent: '7' }) },
  purge: { label: 'Retention', href: at('/retention') },
  space: { label: 'Space and growth', href: at('/retention/space') },
  clock: { label: 'Settings', href: at('/settings') },
};

export function registerHealthPage(router: Router, context: AppContext): void {
  router.get('/health', async (request, response) => {
    const checks = await healthOf(context);
    await render(request, response, 'health/health', {
      title: 'Health',
      subtitle: 'Every line is looked at when the page is shown.',
      table: {
        caption: 'Health checks',
        columns: [
          { label: 'Check' },
          { label: 'State' },
          { label: 'Finding' },
          { label: 'What to do' },
          { label: 'Where' },
        ],
        rows: checks.map(toRow),
      },
    });
  });
}

function toRow(check: HealthCheck): Cell[] {
  return [
    check.name,
    { kind: 'state', state: check.state },
    { kind: 'prose', text: check.finding },
    check.fix === '' ? null : { kind: 'prose', text: check.fix },
    { kind: 'link', text: TOPIC_PAGES[check.topic].label, href: TOPIC_PAGES[check.topic].href },
  ];
}

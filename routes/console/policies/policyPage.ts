/** What every tab of a policy's page has in common. */
import type { Request } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { Policy } from '../../../models/policies/policyStore.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import type { PageAction, PageModel } from '../render.ts';
import { lockOf } from '../signedIn.ts';
import { KIND_LABELS } from './policyList.ts';

export const policiesCrumb = { label: 'Policies', href: at('/policies') };

export const policyCrumb = ({ guid, name }: Policy) => ({ label: name, href: at(`/policies/${guid}`) });

const TABS = [
  ['', 'Policy'],
  ['/deliveries', 'Deliveries'],
  ['/xml', 'XML'],
] as const;

export type PolicyTab = (typeof TABS)[number][0];

export function policyPage(
  { policies }: AppContext,
  request: Request,
  policy: Policy,
  tab: PolicyTab,
): PageModel & { policy: Policy } {
  const isDelivery = policy.kind === 'softwareDelivery';
  return {
    title: policy.name,
    state: policy.isEnabled ? 'on' : 'off',
    subtitle: KIND_LABELS[policy.kind],
    breadcrumb: [policiesCrumb],
    actions: actionsOf(policy, lockOf(request, 'write')),
    tabs: TABS.filter(([path]) => isDelivery || path !== '/deliveries').map(([path, label]) => ({
      label,
      href: at(`/policies/${policy.guid}${path}`),
      current: path === tab,
      ...(path === '/deliveries' ? { count: policy.deliveries.total } : {}),
    })),
    policy,
    problem: policies.problemOf(policy.guid),
  };
}

function actionsOf(policy: Policy, locked: string | undefined): PageAction[] {
  const path = `/policies/${policy.guid}`;
  const hasNobody = policy.targets.length === 0 && policy.ownList === undefined;
  return [
    policy.isEnabled
      ? { label: 'Switch off', href: at(`${path}/off`), icon: 'pause', post: true, disabled: locked }
      : {
          label: 'Switch on',
          href: at(`${path}/on`),
          icon: 'play',
          post: true,
          primary: true,
          disabled: locked ?? (hasNobody ? 'It applies to nobody: choose a target or computers first.' : undefined),
        },
    {
      label: 'Delete',
      href: at(`${path}/delete`),
      icon: 'trash',
      danger: true,
      dialog: true,
      disabled:
        locked ??
        (policy.kind === 'softwareDelivery'
          ? undefined
          : 'Agents cannot do without a settings policy; it can be switched off.'),
    },
  ];
}

export function policyFacts(policy: Policy): { label: string; cell: Cell }[] {
  const { guid, kind, deliveries } = policy;
  const count = (label: string, value: number, status: string): { label: string; cell: Cell } => ({
    label,
    cell: { kind: 'number', value, href: at(`/policies/${guid}/deliveries`, { status }) },
  });
  return [
    { label: 'Computers', cell: policy.computers },
    ...(kind === 'softwareDelivery'
      ? [
          count('Succeeded', deliveries.succeeded, 'succeeded'),
          count('Failed', deliveries.failed, 'any_failed'),
          count('Under way', deliveries.inProgress, 'under_way'),
        ]
      : []),
    { label: 'GUID', cell: { kind: 'guid', guid } },
    { label: 'Changes so far', cell: policy.version },
    { label: 'Created', cell: { kind: 'time', at: policy.createdAt } },
    { label: 'Created by', cell: policy.createdBy },
    { label: 'Modified', cell: { kind: 'time', at: policy.modifiedAt } },
    { label: 'Modified by', cell: policy.modifiedBy },
    { label: 'History', cell: { kind: 'link', text: 'Audit log', href: at('/audit', { object: guid }) } },
  ];
}

/** One computer at a glance: what it is, where it belongs and why, when it was heard of, what it gets. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { registrationsOf } from '../../../models/agents/registrationStore.ts';
import type { ComputerDetail } from '../../../models/computers/computerStore.ts';
import { countByStatus } from '../../../models/deliveries/countDeliveries.ts';
import { readMachineFacts, type MachineFacts } from '../../../models/inventory/machineFacts.ts';
import { readAssociations } from '../../../models/resources/readAssociations.ts';
import { readOpenConflicts } from '../../../models/resources/readConflicts.ts';
import { ASSOCIATION_TYPE } from '../../../wire/wellKnown.ts';
import type { Cell } from '../cells.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { placeOf } from '../resources/paths.ts';
import { stateLook } from '../states.ts';
import { computerPage } from './computerPage.ts';
import { contactFacts, identityFacts, machineFacts, siteFacts, type Fact } from './computerFacts.ts';
import { loadComputer } from './loadComputer.ts';

export function registerComputerSummary(router: Router, context: AppContext): void {
  const { cmdb } = context;
  router.get('/computers/:guid', async (request, response) => {
    const computer = await loadComputer(cmdb, request);
    const machine = await readMachineFacts(cmdb, computer.Guid);
    const registration = (await registrationsOf(cmdb, computer.Guid)).find(({ State }) => State === 'allowed');
    await render(request, response, 'computers/summary', {
      ...computerPage(context, request, computer, ''),
      conflicts: await readOpenConflicts(cmdb, computer.Guid),
      groups: [
        { title: 'Identity', facts: [...identityFacts(computer), await userFact(context, computer, machine)] },
        { title: 'Machine and system', facts: machineFacts(computer, machine) },
        { title: 'Site', facts: siteFacts(context, computer, machine) },
        { title: 'Contacts', facts: contactFacts(computer) },
        { title: 'Policies and deliveries', facts: await deliveryFacts(context, computer) },
      ],
      registrationHref: registration === undefined ? undefined : at(`/registration/${registration.Guid}`),
    });
  });
}

/** The primary user as a resource of its own when log-ons told one, else as inventory names it. */
async function userFact({ cmdb }: AppContext, computer: ComputerDetail, machine: MachineFacts): Promise<Fact> {
  const { rows } = await readAssociations(cmdb, computer.Guid, {
    associationGuid: ASSOCIATION_TYPE.primaryUser,
    end: 'child',
    offset: 0,
    limit: 1,
  });
  const [user] = rows;
  const cell: Cell =
    user === undefined
      ? machine.primaryUser || null
      : { kind: 'link', text: user.name, href: placeOf(user.typeGuid, user.guid) };
  return { label: 'Primary user', cell };
}

async function deliveryFacts({ cmdb, policies }: AppContext, computer: ComputerDetail): Promise<Fact[]> {
  const own = `/computers/${computer.Guid}`;
  const applying = policies.explain(computer.Guid).filter(({ isIncluded }) => isIncluded).length;
  const deliveries = await countByStatus(cmdb, { computerGuid: computer.Guid });
  return [
    { label: 'Policies that apply', cell: { kind: 'number', value: applying, href: at(`${own}/policies`) } },
    ...[...deliveries].map(([status, total]): Fact => ({
      label: `Deliveries: ${stateLook(status).label.toLowerCase()}`,
      cell: { kind: 'number', value: total, href: at(`${own}/deliveries`, { status }) },
    })),
  ];
}

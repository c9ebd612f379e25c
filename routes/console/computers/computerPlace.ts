/** Computers as a place of the tabs that every resource has. */
import type { AppContext } from '../../../app/context.ts';
import { RESOURCE_TYPE } from '../../../wire/wellKnown.ts';
import type { ResourcePlace } from '../resources/place.ts';
import { computerPage, type ComputerTab } from './computerPage.ts';
import { loadComputer } from './loadComputer.ts';

export function computerPlace(context: AppContext): ResourcePlace {
  return {
    path: '/computers/:guid',
    load: async (request) => {
      const computer = await loadComputer(context.cmdb, request);
      return {
        guid: computer.Guid,
        typeGuid: RESOURCE_TYPE.computer,
        name: computer.Name,
        path: `/computers/${computer.Guid}`,
        noun: 'computer',
        page: (tab) => computerPage(context, request, computer, tab as ComputerTab),
      };
    },
  };
}

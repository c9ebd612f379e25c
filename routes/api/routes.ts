/** THE table of the API's actions. The router is built from it; a test holds openapi.yaml against it, both ways. */
import { getComputerRoute } from './computers/getComputer.ts';
import { listComputersRoute } from './computers/listComputers.ts';
import type { ApiRoute } from './route.ts';

export const API_ROUTES: readonly ApiRoute[] = [listComputersRoute, getComputerRoute];

/** Memory and start time of the server process. */
import { residentMb } from './processes.ts';
import type { Row } from './report.ts';
import { startServer, type Server } from './server.ts';
import { median } from './stats.ts';

const MOST_MB = 250;
/** While many events wait, their slices are in memory as well. */
export const MOST_MB_UNDER_EVENTS = 300;
const MOST_START_S = 3;

/** Read after load: what a server holds that has been at work. `after`: which. */
export function memoryRow(server: Server, computers: number, after: string, mostMb = MOST_MB): Row {
  const megabytes = residentMb(server.process.pid!);
  return {
    name: `Resident memory, ${computers} computers, after ${after}`,
    ours: megabytes === undefined ? '' : `${Math.round(megabytes)} MB`,
    bound: '',
    goal: `< ${mostMb} MB`,
    met: megabytes === undefined ? undefined : megabytes < mostMb,
    note: megabytes === undefined ? 'not measured: there is no /proc' : '',
    figures: { megabytes },
  };
}

/** Starts the server some times on a data folder that it has started on before. */
export async function startRow(dataDir: string, computers: number, rounds: number): Promise<Row> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await startServer(dataDir);
    seconds.push(server.startMs / 1000);
    await server.stop();
  }
  const middle = median(seconds);
  return {
    name: `Start to ready, ${computers} computers`,
    ours: `${middle.toFixed(2)} s`,
    bound: '',
    goal: `< ${MOST_START_S} s`,
    met: middle < MOST_START_S,
    note: `slowest of ${rounds}: ${Math.max(...seconds).toFixed(2)} s`,
    figures: { seconds },
  };
}

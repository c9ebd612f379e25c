/** The console's lists as one user sees them: signed in, one request after the other, 50 rows a page. */
import { LISTS, signIn, variations, type ListPage } from './consoleSession.ts';
import type { Row } from './report.ts';
import type { Server } from './server.ts';
import { percentile } from './stats.ts';

const MOST_MS = 100;
const REQUESTS = 20;

export async function consoleRows(server: Server, computers: number, lists = LISTS): Promise<Row[]> {
  const cookie = await signIn(server.url);
  const rows: Row[] = [];
  for (const list of lists) rows.push(await listRow(server, cookie, list, computers));
  return rows;
}

/** The slowest way to look at a list is the one that counts. */
async function listRow(server: Server, cookie: string, list: ListPage, computers: number): Promise<Row> {
  const { html } = await open(server.url + list.path, cookie);
  const measured: { path: string; p50: number; p95: number; milliseconds: number[] }[] = [];
  for (const path of variations(list, html)) {
    // Not counted: templates are compiled and pages of the database read. A page is opened more than once a day.
    await open(server.url + path, cookie);
    const milliseconds: number[] = [];
    for (let request = 0; request < REQUESTS; request++) {
      milliseconds.push((await open(server.url + path, cookie)).milliseconds);
    }
    measured.push({ path, p50: percentile(milliseconds, 0.5), p95: percentile(milliseconds, 0.95), milliseconds });
  }
  const slowest = measured.reduce((one, other) => (other.p95 > one.p95 ? other : one));
  const query = slowest.path.slice(list.path.length);
  const mostMs = list.mostMs ?? MOST_MS;
  return {
    name: `Console, ${list.name}: p95 at ${computers} computers`,
    ours: `${slowest.p95.toFixed(1)} ms`,
    bound: '',
    goal: `< ${mostMs} ms`,
    met: slowest.p95 < mostMs,
    note: `slowest of ${measured.length} ways to look at it${query === '' ? '' : ` (${query})`}; as it opens p50 ${measured[0]!.p50.toFixed(1)} ms`,
    figures: { measured },
  };
}

async function open(url: string, cookie: string): Promise<{ html: string; milliseconds: number }> {
  const startedAt = performance.now();
  const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' });
  const html = await answer.text();
  if (answer.status !== 200) throw new Error(`${url} was answered ${answer.status}`);
  return { html, milliseconds: performance.now() - startedAt };
}

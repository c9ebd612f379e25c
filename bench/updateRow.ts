/** What an update moves where one file in a hundred has changed: counted on the wire, in between the two servers. */
import { join } from 'node:path';
import { startCountingProxy } from './countingProxy.ts';
import { writeContent, type BenchFiles, type PackageServerBench } from './packageServerRows.ts';
import { startPackageServer } from './packageServer.ts';
import { ANY_CORE } from './processes.ts';
import type { Row } from './report.ts';
import { startServer } from './server.ts';

const CHANGED = 0.01;
const MOST = 0.02;

/** Stops both servers of the bench and starts them again with a proxy in between. */
export async function updateRow(bench: PackageServerBench, filled: BenchFiles): Promise<Row> {
  await Promise.all([bench.packageServer.stop(), bench.server.stop()]);
  const proxy = await startCountingProxy();
  const address = `http://127.0.0.1:${proxy.port}`;
  bench.server = await startServer(bench.dataDir, undefined, { NS_PUBLIC_URL: address });
  proxy.target = bench.server.port;
  bench.admin.server = bench.server;
  bench.packageServer = await startPackageServer(join(bench.workDir, 'ps'), bench.dataDir, address, ANY_CORE);
  try {
    await bench.admin.assign(filled.guid, [bench.computer]);
    const first = await bench.packageServer.says(/: ready, (\d+) bytes fetched/);
    if (Number(first.found[1]) !== filled.totalBytes) throw new Error('the first fill did not fetch everything');
    const changed = filled.files.slice(0, Math.round(filled.files.length * CHANGED));
    const size = filled.totalBytes / filled.files.length;
    for (const [index, name] of changed.entries()) writeContent(join(filled.folder, name), size, 10_000 + index);
    const said = bench.packageServer.said();
    const before = proxy.received;
    await bench.admin.call('POST', `/packages/${filled.guid}/refresh`);
    await bench.packageServer.says(/: ready, /, said);
    return toRow(filled, changed.length, proxy.received - before);
  } finally {
    proxy.stop();
  }
}

function toRow({ files, totalBytes }: BenchFiles, changed: number, moved: number): Row {
  const share = moved / totalBytes;
  return {
    name: `Package server, update: ${changed} of ${files.length} equal files changed`,
    ours: `${(share * 100).toFixed(2)} % moved`,
    bound: `${((changed / files.length) * 100).toFixed(2)} % changed`,
    goal: `≤ ${MOST * 100} %`,
    met: share <= MOST,
    note: `${moved} of ${totalBytes} bytes, manifest, reports and all headers included`,
    figures: { moved, totalBytes, changed },
  };
}

/** The clients of the crowd row, one process: many connections at once, each reads one answer to its end. */
import { connect } from 'node:net';

export interface CrowdOrder {
  port: number;
  /** One for each connection; they ask for the connection to be closed. */
  requests: string[];
}

export interface CrowdResult {
  /** Answers with status 200. */
  good: number;
  /** Of heads and bodies. */
  bytes: number;
  seconds: number;
  /** Share of the time that this process was computing. */
  clientBusy: number;
}

/** One for all: what was read is counted and forgotten before anything else is read. */
const buffer = Buffer.allocUnsafe(1024 * 1024);

async function download(order: CrowdOrder): Promise<CrowdResult> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  const answers = await Promise.all(order.requests.map((request) => one(order.port, request)));
  const milliseconds = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return {
    good: answers.filter(({ status }) => status === 200).length,
    bytes: answers.reduce((sum, { bytes }) => sum + bytes, 0),
    seconds: milliseconds / 1000,
    clientBusy: (user + system) / 1000 / milliseconds,
  };
}

function one(port: number, request: string): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    let status = 0;
    let bytes = 0;
    const callback = (count: number): boolean => {
      if (bytes === 0) status = Number(buffer.toString('latin1', 9, 12));
      bytes += count;
      return true;
    };
    const socket = connect({ port, host: '127.0.0.1', onread: { buffer, callback } });
    socket.once('error', reject);
    socket.once('connect', () => socket.write(request));
    socket.once('end', () => resolve({ status, bytes }));
  });
}

process.on('message', (order: CrowdOrder) => {
  download(order).then(
    (result) => process.send!(result),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send!('ready');

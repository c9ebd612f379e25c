/** The client of the download row, a process of its own: reads one answer into a buffer that is used again and again. */
import { connect } from 'node:net';

export interface DownloadOrder {
  port: number;
  request: string;
}

export interface DownloadResult {
  status: number;
  /** Of head and body. */
  bytes: number;
  seconds: number;
  /** Share of the time that this process was computing. */
  clientBusy: number;
}

function download(order: DownloadOrder): Promise<DownloadResult> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    let status = 0;
    let bytes = 0;
    const socket = connect({
      port: order.port,
      host: '127.0.0.1',
      onread: {
        buffer: Buffer.allocUnsafe(1024 * 1024),
        callback: (count, buffer) => {
          if (bytes === 0) status = Number(Buffer.from(buffer.buffer, 9, 3).toString('latin1'));
          bytes += count;
          return true;
        },
      },
    });
    socket.once('error', reject);
    socket.once('connect', () => socket.write(order.request));
    // The request asks for the connection to be closed: its end is the end of the file.
    socket.once('end', () => {
      const milliseconds = performance.now() - startedAt;
      const { user, system } = process.cpuUsage(cpu);
      resolve({ status, bytes, seconds: milliseconds / 1000, clientBusy: (user + system) / 1000 / milliseconds });
    });
  });
}

process.on('message', (order: DownloadOrder) => {
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

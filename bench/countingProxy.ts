/** Passes TCP connections on and counts what goes through: bytes on the wire, whatever a program says of itself. */
import { connect, createServer } from 'node:net';

export interface CountingProxy {
  readonly port: number;
  /** Port that connections go to. */
  target: number;
  /** Bytes from there so far. */
  received: number;
  stop(): void;
}

export async function startCountingProxy(): Promise<CountingProxy> {
  const server = createServer((client) => {
    const there = connect(proxy.target, '127.0.0.1');
    there.on('data', (chunk) => (proxy.received += chunk.length));
    client.pipe(there).pipe(client);
    client.on('error', () => there.destroy());
    there.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const proxy: CountingProxy = { port, target: 0, received: 0, stop: () => void server.close() };
  return proxy;
}

/** A network line that a test can stop and cut: bytes go through it as they are, TLS included. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Line {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  /** What may still come from the far end before the line stands still. */
  #left = Number.POSITIVE_INFINITY;
  /** Bytes that have come from the far end. */
  passed = 0;
  #held: (() => void)[] = [];
  #onHold: (() => void) | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** From `near`:port to `far`:port. */
  static async open(near: string, far: string, port: number): Promise<Line> {
    const server = createServer();
    const line = new Line(server);
    server.on('connection', (client) => line.#join(client, connect(port, far)));
    await new Promise<void>((resolve) => server.listen(port, near, resolve));
    return line;
  }

  #join(client: Socket, target: Socket): void {
    for (const socket of [client, target]) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#open.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.pipe(target);
    target.on('data', (chunk: Buffer) => {
      target.pause();
      this.#pass(chunk.length, () => {
        if (client.write(chunk)) target.resume();
        else client.once('drain', () => target.resume());
      });
    });
  }

  #pass(count: number, go: () => void): void {
    const pass = (): void => {
      this.passed += count;
      go();
    };
    if (this.#left >= count) {
      this.#left -= count;
      pass();
      return;
    }
    this.#held.push(pass);
    this.#onHold?.();
  }

  /** Resolves when so many bytes have come through and the line stands still. */
  holdAfter(bytes: number): Promise<void> {
    this.#left = bytes;
    return new Promise((resolve) => (this.#onHold = resolve));
  }

  release(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#onHold = undefined;
    for (const go of this.#held.splice(0)) go();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
  }
}

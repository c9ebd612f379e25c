/** Browsers that ask for live numbers and leave before they come. */
import { expect } from 'chai';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { signedIn } from '../console/client.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const MORE_THAN_LISTEN = 110;

describe('live numbers', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('keep no place for browsers that left before the first came', async () => {
    const client = await signedIn(server.http);
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { hostname, port } = new URL(server.http);
    // The look at the queue takes until all have left.
    const queue = server.context.queue as { state: () => Promise<unknown> };
    const state = queue.state.bind(queue);
    let [asked, answered, leave] = [0, 0, (): void => undefined];
    const left = new Promise<void>((resolve) => (leave = resolve));
    queue.state = async () => {
      asked++;
      await left;
      const answer = await state();
      answered++;
      return answer;
    };
    const sockets = Array.from({ length: MORE_THAN_LISTEN }, () => {
      const socket = connect(Number(port), hostname);
      socket.write(`GET /Altiris/Console/live HTTP/1.1\r\nHost: x\r\nCookie: ${cookie}\r\n\r\n`);
      return socket;
    });
    while (asked < MORE_THAN_LISTEN) await wait(20);
    for (const socket of sockets) socket.destroy();
    await wait(200);
    leave();
    while (answered < MORE_THAN_LISTEN) await wait(20);
    queue.state = state;

    const stay = new AbortController();
    const headers = { cookie };
    const response = await fetch(`${server.http}/Altiris/Console/live`, { headers, signal: stay.signal });
    expect(response.status).to.equal(200);
    stay.abort();
  });
});

import { expect } from 'chai';
import { freePort, startTestServer, type TestServer } from '../support/server.ts';
import { runNs } from '../support/process.ts';

describe('a second server on one data folder', () => {
  let first: TestServer;
  before(async () => {
    first = await startTestServer();
  });
  after(() => first.stop());

  it('is refused with a sentence, and the first goes on', async () => {
    const { code, output } = await runNs(['serve'], {
      NS_DATA_DIR: first.dataDir,
      NS_HOST: '127.0.0.1',
      NS_HTTP_PORT: String(await freePort()),
      NS_HTTPS_PORT: '0',
    });
    expect(code).to.equal(1);
    expect(output.trim()).to.equal(
      'The event queue is open in another process: a server is running on this data folder. Stop it, or set NS_DATA_DIR.',
    );
    expect((await fetch(`${first.http}/readyz`)).status).to.equal(200);
  });
});

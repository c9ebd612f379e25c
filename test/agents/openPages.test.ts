import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { AGENT_PAGES, PAGE } from '../../wire/paths.ts';
import { parseXml } from '../../wire/xml.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

describe('the small agent pages', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('answer a connection test with a small body', async () => {
    for (const path of [PAGE.connectionTest, PAGE.connectionTest.toUpperCase(), `${PAGE.connectionTest}x`]) {
      const response = await fetch(server.http + path);
      expect(response.status).to.equal(200);
      expect((await response.text()).length).to.be.within(1, 100);
    }
  });

  it('hand out the server’s certificate, and no private key', async () => {
    const response = await fetch(server.http + PAGE.getServerCertificate);
    expect(response.headers.get('content-type')).to.equal('application/x-pem-file');
    const text = await response.text();
    expect(text).to.not.include('PRIVATE');
    expect(new X509Certificate(text).fingerprint256).to.equal(
      new X509Certificate(server.context.certificate.pem).fingerprint256,
    );
  });

  it('say that everything is licensed', async () => {
    for (const name of ['GetLicenseDetails.aspx', 'GetLicense.asmx']) {
      for (const method of ['GET', 'POST']) {
        const response = await fetch(server.http + AGENT_PAGES + name, { method });
        expect(parseXml(await response.text()).attributes.state).to.equal('licensed');
      }
    }
  });

  it('answer HEAD without a body', async () => {
    for (const path of [PAGE.connectionTest, PAGE.getServerCertificate, `${AGENT_PAGES}GetLicense.asmx`]) {
      const response = await fetch(server.http + path, { method: 'HEAD' });
      expect([response.status, await response.text()]).to.deep.equal([200, '']);
    }
  });
});

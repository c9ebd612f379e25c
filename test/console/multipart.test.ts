/** Forms with a file: who may send one, and how much. */
import { expect } from 'chai';
import { makeUser, PASSWORD } from '../security/support.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { readParts } from '../../routes/console/multipart.ts';
import { ConsoleClient, signedIn } from './client.ts';

const PATH = '/Altiris/Console/sites/subnets/import';
const TYPE = 'multipart/form-data; boundary=x';
const MB = 1024 * 1024;

describe('a form with a file', () => {
  let server: TestServer;
  before(async () => (server = await startTestServer()));
  after(() => server.stop());

  const send = async (client: ConsoleClient, body: string, type = TYPE): Promise<number> => {
    const cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { 'content-type': type, cookie };
    const response = await fetch(server.http + PATH, { method: 'POST', body, headers, redirect: 'manual' });
    await response.arrayBuffer();
    return response.status;
  };
  const part = (name: string, text: string): string =>
    `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
  const form = (csrf: string, csv: string): string =>
    `${part('_csrf', csrf)}${part('confirmed', '1')}${part('csv', csv)}--x--\r\n`;
  const subnets = async (): Promise<unknown[]> => server.context.cmdb.db.selectFrom('Subnet').selectAll().execute();

  it('is not read when it comes from somebody who is not signed in', async () => {
    const nobody = new ConsoleClient(server.http);
    await nobody.get('/signIn');
    // One that is read is too large (413); this one is just none of ours.
    expect(await send(nobody, form(nobody.token, ' '.repeat(3 * MB)))).to.equal(403);
    expect(await subnets()).to.deep.equal([]);
  });

  it('is bounded, and refused without its token, in pieces, or to a viewer', async () => {
    const admin = await signedIn(server.http);
    await makeUser(server.context.cmdb, server.context.clock, 'viewer', 'Viewers');
    const viewer = await signedIn(server.http, 'viewer', PASSWORD);
    const csv = '10.9.0.0/16';
    expect(await send(admin, form(admin.token, ' '.repeat(3 * MB)))).to.equal(413);
    expect(await send(admin, form('', csv))).to.equal(403);
    expect(await send(admin, form(viewer.token, csv))).to.equal(403);
    expect(await send(viewer, form(viewer.token, csv))).to.equal(403);
    expect(await send(admin, form(admin.token, csv), 'multipart/form-data')).to.equal(403);
    expect(await send(admin, form(admin.token, csv), 'multipart/form-data; boundary=y')).to.equal(403);
    expect(await send(admin, form(admin.token, csv).slice(0, 30))).to.equal(403);
    expect(await send(admin, `${'--x\r\n'.repeat(30)}${form(admin.token, csv)}`)).to.equal(403);
    expect(await subnets()).to.deep.equal([]);
    expect(await send(admin, form(admin.token, csv))).to.equal(200);
  });

  it('brings no field but its own', () => {
    const fields = readParts(Buffer.from(`${part('__proto__', 'x')}${part('toString', 'y')}--x--`), TYPE);
    expect(Object.keys(fields)).to.deep.equal(['__proto__', 'toString']);
    expect(Object.getPrototypeOf(fields)).to.equal(null);
    expect(Object.hasOwn(Object.prototype, 'x')).to.equal(false);
  });
});

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadCertificate } from '../../app/certificate.ts';
import { ConfigError, loadSettings } from '../../app/config.ts';

const DAY = 24 * 3600_000;
const now = Date.parse('2030-01-15T10:00:00.000Z');

describe('the TLS certificate', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'ns-tls-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));
  const load = (environment: Record<string, string> = {}, at = now) =>
    loadCertificate(loadSettings({ NS_DATA_DIR: dataDir, ...environment }).settings, at);
  const path = (name: string) => join(dataDir, 'tls', name);

  it('is made at the first start: RSA 2048, SHA-256, for server authentication, with names and addresses', async () => {
    const { pem, selfSigned } = await load({ NS_PUBLIC_URL: 'https://ns1.example.test:8443' });
    const certificate = new X509Certificate(pem);
    expect(selfSigned).to.equal(true);
    expect(certificate.publicKey.asymmetricKeyType).to.equal('rsa');
    expect(certificate.publicKey.asymmetricKeyDetails!.modulusLength).to.be.at.least(2048);
    // The signature algorithm stands twice in the DER: sha256WithRSAEncryption is 1.2.840.113549.1.1.11.
    expect(certificate.raw.includes(Buffer.from('06092a864886f70d01010b', 'hex'))).to.equal(true);
    expect(certificate.keyUsage).to.deep.equal(['1.3.6.1.5.5.7.3.1']);
    for (const name of ['localhost', 'ns1.example.test', hostname()])
      expect(certificate.checkHost(name), name).to.not.equal(undefined);
    for (const address of ['127.0.0.1', '::1']) expect(certificate.checkIP(address), address).to.not.equal(undefined);
    expect(certificate.ca).to.equal(false);
  });

  it('stays the same at the second start, and its key is for the owner only', async () => {
    const first = await load();
    const second = await load();
    expect(second.pem).to.equal(first.pem);
    if (process.platform !== 'win32') expect(statSync(path('server.key')).mode & 0o077).to.equal(0);
  });

  it('is renewed a month before its end under the same key, so that agents which pin the key stay', async () => {
    const first = await load();
    const later = await load({}, first.notAfter.getTime() - 29 * DAY);
    expect(later.pem).to.not.equal(first.pem);
    expect(later.pin).to.equal(first.pin);
    expect(later.notAfter.getTime()).to.be.greaterThan(first.notAfter.getTime());
  });

  it('may be given as a PEM pair', async () => {
    const made = await load();
    const given = await load({ NS_TLS_CERT_FILE: path('server.crt'), NS_TLS_KEY_FILE: path('server.key') });
    expect(given).to.include({ pin: made.pin, selfSigned: false });
  });

  it('may be given as a PFX, whose certificate is the one that agents are shown', async function () {
    const made = await load();
    const pfx = join(dataDir, 'server.pfx');
    try {
      execFileSync('openssl', [
        'pkcs12',
        '-export',
        '-in',
        path('server.crt'),
        '-inkey',
        path('server.key'),
        '-out',
        pfx,
        '-passout',
        'pass:secret',
      ]);
    } catch {
      this.skip();
    }
    const given = await load({ NS_TLS_PFX_FILE: pfx, NS_TLS_PASSPHRASE: 'secret' });
    expect(given).to.include({ pin: made.pin, selfSigned: false });
    const wrong = await load({ NS_TLS_PFX_FILE: pfx, NS_TLS_PASSPHRASE: 'guess' }).catch((error: unknown) => error);
    expect(wrong).to.be.instanceOf(ConfigError).with.property('message').that.does.not.include('guess');
  });

  it('stops the start with a sentence when the given files do not fit or are not there', async () => {
    await load();
    const foreign = join(dataDir, 'foreign.key');
    writeFileSync(foreign, 'no key');
    for (const key of [foreign, join(dataDir, 'none.key')]) {
      const error = await load({ NS_TLS_CERT_FILE: path('server.crt'), NS_TLS_KEY_FILE: key }).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(ConfigError).with.property('message').that.includes('NS_TLS_KEY_FILE');
    }
    expect(readFileSync(foreign, 'utf8')).to.equal('no key');
  });
});

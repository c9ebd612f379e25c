import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, describeSettings, loadSettings, SETTINGS } from '../../app/config.ts';

describe('settings', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'ns-config-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const load = (environment: Record<string, string> = {}) => loadSettings({ NS_DATA_DIR: dataDir, ...environment });
  const writeFile = (content: unknown) =>
    writeFileSync(join(dataDir, 'coresettings.json'), typeof content === 'string' ? content : JSON.stringify(content));

  it('have the defaults that README promises', () => {
    const { settings } = load();
    expect(settings.httpPort).to.equal(8080);
    expect(settings.httpsPort).to.equal(8443);
    expect(settings.requireHttps).to.equal(true);
    expect(settings.trustProxy).to.equal(false);
    expect(settings.legacyAgents).to.deep.equal([]);
    expect(settings.cmdb).to.equal(`sqlite:${join(dataDir, 'cmdb.sqlite')}`);
  });

  it('are taken from the environment before the file, and from the file before the default', () => {
    writeFile({ httpPort: 81, logLevel: 'warn' });
    const loaded = load({ NS_HTTP_PORT: '80' });
    expect(loaded.settings.httpPort).to.equal(80);
    expect(loaded.origin.httpPort).to.equal('environment');
    expect(loaded.settings.logLevel).to.equal('warn');
    expect(loaded.origin.logLevel).to.equal('coresettings.json');
    expect(loaded.origin.host).to.equal('default');
  });

  for (const [name, value] of [
    ['NS_HTTP_PORT', 'eighty'],
    ['NS_HTTP_PORT', '65536'],
    ['NS_REQUIRE_HTTPS', 'maybe'],
    ['NS_LEGACY_AGENTS', '10.0.0.0/33'],
    ['NS_TRUST_PROXY', 'proxy.example.test'],
    ['NS_CMDB', 'postgres://x'],
    ['NS_PUBLIC_URL', 'ftp://x'],
    ['NS_LOG_LEVEL', 'loud'],
  ] as const) {
    it(`stop the start with a sentence that names ${name} when it is "${value}"`, () => {
      expect(() => load({ [name]: value })).to.throw(ConfigError, name);
    });
  }

  it('stop the start when a name is unknown, in the environment or in the file', () => {
    expect(() => load({ NS_HTTP_PROT: '80' })).to.throw(ConfigError, 'NS_HTTP_PROT is not a setting');
    writeFile({ httpProt: 80 });
    expect(() => load()).to.throw(ConfigError, 'httpProt');
    writeFile('{ not json');
    expect(() => load()).to.throw(ConfigError, 'not valid JSON');
  });

  it('refuse both ports off and half a certificate', () => {
    expect(() => load({ NS_HTTP_PORT: '0', NS_HTTPS_PORT: '0' })).to.throw(ConfigError, 'nothing would listen');
    expect(() => load({ NS_TLS_CERT_FILE: '/x.pem' })).to.throw(ConfigError, 'belong together');
  });

  it('read a secret from the file that NAME_FILE names', () => {
    writeFileSync(join(dataDir, 'secret'), 'from a file\n');
    expect(load({ NS_ADMIN_PASSWORD_FILE: join(dataDir, 'secret') }).settings.adminPassword).to.equal('from a file');
    expect(() => load({ NS_ADMIN_PASSWORD_FILE: join(dataDir, 'none') })).to.throw(
      ConfigError,
      'NS_ADMIN_PASSWORD_FILE',
    );
  });

  it('never show a secret, in the description or in a refusal', () => {
    const loaded = load({ NS_ADMIN_PASSWORD: 'hunter2hunter2', NS_CMDB: 'mssql://sa:hunter2@db.example.test/X' });
    const shown = JSON.stringify(describeSettings(loaded));
    expect(shown).to.not.contain('hunter2');
    expect(shown).to.contain('db.example.test');
    expect(() => load({ NS_CMDB: 'hunter2' }))
      .to.throw()
      .with.property('message')
      .that.does.not.contain('hunter2');
  });

  it('never show a secret that looks like an address', () => {
    for (const secret of ['Summer:2031 hot', 'sqlite:not a file', 'https://user@example.test/']) {
      const loaded = load({ NS_ADMIN_PASSWORD: secret, NS_TLS_PASSPHRASE: secret, NS_MASTER_KEY: secret });
      const values = describeSettings(loaded).filter(({ value }) => value === '***');
      expect(values.map(({ env }) => env)).to.have.members(['NS_ADMIN_PASSWORD', 'NS_TLS_PASSPHRASE', 'NS_MASTER_KEY']);
    }
  });

  it('all have help, and names that follow one rule', () => {
    for (const [name, row] of Object.entries(SETTINGS)) {
      expect(row.help, name).to.match(/\.$/);
      expect(row.env).to.match(/^NS_[A-Z_]+$/);
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { loadSettings, SETTINGS } from '../../app/config.ts';
import { child, childrenNamed, parseXml, type XmlElement } from '../../wire/xml.ts';

const projectFile = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const read = (path: string): XmlElement => parseXml(readFileSync(projectFile(path), 'utf8'));

function below(element: XmlElement, ...names: string[]): XmlElement {
  return names.reduce((from, name) => child(from, name) ?? expect.fail(`${from.name} has no ${name}`), element);
}

const byDefault = loadSettings({}).settings;
const known = new Set<string>(Object.values(SETTINGS).map((row) => row.env));

describe('the configuration for IIS', () => {
  for (const path of ['web.config', 'deploy/iis-arr.web.config']) {
    describe(path, () => {
      const server = below(read(path), 'system.webServer');
      const filtering = below(server, 'security', 'requestFiltering');
      const limits = below(filtering, 'requestLimits').attributes;

      it('lets through long xml= queries, + in names, and folders and files of any name', () => {
        expect(Number(limits.maxQueryString)).to.be.at.least(60_000);
        expect(filtering.attributes.allowDoubleEscaping).to.equal('true');
        expect(below(filtering, 'hiddenSegments').children.map(({ name }) => name)).to.deep.equal(['clear']);
        expect(below(filtering, 'fileExtensions').children.map(({ name }) => name)).to.deep.equal(['clear']);
      });

      it('lets through more than the largest event that the server takes, so that the server answers', () => {
        expect(Number(limits.maxAllowedContentLength)).to.be.greaterThan(byDefault.eventMaxBytes);
      });

      it("leaves the server's refusals and lengths as they are", () => {
        expect(below(server, 'httpErrors').attributes.existingResponse).to.equal('PassThrough');
        expect(below(server, 'urlCompression').attributes).to.deep.equal({
          doStaticCompression: 'false',
          doDynamicCompression: 'false',
        });
      });
    });
  }

  it('starts a file that is there, with settings that exist, on the port that IIS gives', () => {
    const platform = below(read('web.config'), 'system.webServer', 'httpPlatform');
    const [script, command] = platform.attributes.arguments!.split(' ').filter((word) => !word.startsWith('--'));
    expect(existsSync(projectFile(script!.replaceAll('\\', '/').slice(2)))).to.equal(true);
    expect(command).to.equal('serve');
    const variables = childrenNamed(below(platform, 'environmentVariables'), 'environmentVariable').map(
      ({ attributes }) => [attributes.name!, attributes.value!] as const,
    );
    expect(variables.filter(([name]) => !known.has(name))).to.deep.equal([]);
    const given = Object.fromEntries(variables);
    expect(given.NS_HTTP_PORT).to.equal('%HTTP_PLATFORM_PORT%');
    const { settings } = loadSettings({ ...given, NS_HTTP_PORT: '5000' });
    expect(settings).to.deep.include({ httpsPort: 0, host: '127.0.0.1', trustProxy: ['127.0.0.1', '::1'] });
  });

  it('says the scheme to the server in both rules of the reverse proxy, and passes the address on as it was sent', () => {
    const rules = childrenNamed(
      below(read('deploy/iis-arr.web.config'), 'system.webServer', 'rewrite', 'rules'),
      'rule',
    );
    const said = rules.map((rule) => below(rule, 'serverVariables').children[0]!.attributes);
    expect(said).to.deep.equal([
      { name: 'HTTP_X_FORWARDED_PROTO', value: 'https' },
      { name: 'HTTP_X_FORWARDED_PROTO', value: 'http' },
    ]);
    for (const rule of rules) {
      const action = below(rule, 'action').attributes;
      expect(action.url).to.match(/\{UNENCODED_URL\}$/);
      expect(action.appendQueryString).to.equal('false');
    }
  });
});

describe('the recipes for services', () => {
  it('name settings that exist', () => {
    const unit = readFileSync(projectFile('deploy/notification-server.service'), 'utf8');
    const wrapper = childrenNamed(read('deploy/winsw.xml'), 'env').map(({ attributes }) => attributes.name!);
    const named = [...unit.matchAll(/\b(NS_[A-Z_]*[A-Z])=/g)].map((match) => match[1]!).concat(wrapper);
    expect(named.length).to.be.greaterThan(3);
    expect(named.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('let systemd give the ports below 1024 and nothing else', () => {
    const unit = readFileSync(projectFile('deploy/notification-server.service'), 'utf8');
    expect(unit).to.match(/^AmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
    expect(unit).to.match(/^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m);
    expect(unit).to.match(/^NoNewPrivileges=yes$/m);
    expect(unit).to.not.match(/^User=root/m);
  });
});

describe('docs/configuration.md', () => {
  it('has every setting with its default and help', () => {
    const document = readFileSync(projectFile('docs/configuration.md'), 'utf8');
    for (const [name, row] of Object.entries(SETTINGS)) {
      const line = document.split('\n').find((candidate) => candidate.startsWith(`| \`${row.env}\` | \`${name}\` |`));
      expect(line, row.env).to.include(row.help.replaceAll('|', '\\|'));
      if (typeof row.default === 'string' && row.default !== '') expect(line).to.include(`\`${row.default}\``);
    }
  });
});

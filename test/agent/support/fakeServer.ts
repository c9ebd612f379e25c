/**
 * The server's end of the contract, small enough to misbehave on demand: it proves what the agent does when downloads
 * break off, answers lie or keys change. What the real server does is tested with the real server.
 */
import { createHash, createPublicKey, generateKeyPairSync, randomUUID, verify, type KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { braces, guid, newGuid, parseGuid, type Guid } from '../../../wire/guid.ts';
import { manifestHash, signManifest, writeManifest, type ManifestFile } from '../../../wire/manifest.ts';
import { PACKAGE_SHARE, PAGE } from '../../../wire/paths.ts';
import { readPolicyRequest } from '../../../wire/policy.ts';
import { proofText, readKeyBlob, writeKeyBlob } from '../../../wire/proof.ts';
import { writeStatements, type KeyStatement } from '../../../wire/signingKeys.ts';
import { parseXml, xml, XmlText } from '../../../wire/xml.ts';

export interface FakePackage {
  guid: Guid;
  name: string;
  version: number;
  files: Record<string, string | Buffer>;
  executable?: readonly string[];
  folders?: readonly string[];
}

export interface FakePolicy {
  guid: Guid;
  name: string;
  /** Content of the `Policy` element. */
  body: string;
}

export type FileAnswer = (request: IncomingMessage, response: ServerResponse, content: Buffer, path: string) => void;

export const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

export class FakeServer {
  readonly #server: Server;
  key: KeyObject;
  /** Signs manifests instead of `key`. */
  manifestKey: KeyObject | undefined;
  /** Told with every challenge. */
  statements: KeyStatement[] = [];
  /** What the package information says of a key. */
  sourceKey = '';
  registration: 'allowed' | 'pending' | 'blocked' = 'allowed';
  /** GUID to answer instead of the proposed one. */
  mergeInto: Guid | undefined;
  policies: FakePolicy[] = [];
  packages: FakePackage[] = [];
  /** Events in order of arrival, as text. */
  events: string[] = [];
  /** Status of the answer to an event; others than 200 are not kept. 0: the connection is cut. */
  eventStatus: (body: string) => { status: number; headers?: Record<string, string> } = () => ({ status: 200 });
  fileAnswer: FileAnswer = answerFile;
  /** Changes the manifest after it was signed. */
  tamper: (manifest: string) => string = (manifest) => manifest;
  /** `METHOD path` of every request, the share's without host and token. */
  requests: string[] = [];
  policyBodiesSent = 0;
  /** Where package files are said to be; undefined: here. */
  shareOrigin: string | undefined;
  /** Other servers that are said to have the files, too, behind this one. */
  otherOrigins: string[] = [];
  authorizations: (string | undefined)[] = [];
  #keys = new Map<Guid, KeyObject>();
  #challenges = new Set<string>();
  #bearers = new Map<string, Guid>();

  private constructor() {
    this.key = generateKeyPairSync('ed25519').privateKey;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
  }

  static async start(): Promise<FakeServer> {
    const fake = new FakeServer();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  get nsKey(): string {
    return writeKeyBlob(createPublicKey(this.key));
  }

  /** All bearers end at once, as after a change of the server's secrets. */
  endBearers(): void {
    this.#bearers.clear();
  }

  countOf(request: string): number {
    return this.requests.filter((line) => line.startsWith(request)).length;
  }

  manifestOf({ guid: packageGuid, version, files, executable = [], folders = [] }: FakePackage): string {
    const list: ManifestFile[] = Object.entries(files).map(([path, content]) => ({
      path,
      size: Buffer.byteLength(content),
      date: '2026-01-02T03:04:05.000Z',
      hash: sha256(content),
      executable: executable.includes(path),
      folder: false,
    }));
    for (const path of folders) {
      list.push({ path, size: 0, date: '2026-01-02T03:04:05.000Z', hash: '', executable: false, folder: true });
    }
    const hash = manifestHash(list);
    const signature = signManifest(this.manifestKey ?? this.key, packageGuid, version, hash);
    return this.tamper(writeManifest({ packageGuid, version, hash, signature, files: list }));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    this.authorizations.push(request.headers.authorization);
    const body = await bodyOf(request);
    if (url.pathname.startsWith(PACKAGE_SHARE)) return this.#share(request, response, url);
    switch (url.pathname) {
      case PAGE.createResource:
        return send(response, 200, this.#register(body));
      case PAGE.authenticate:
        return request.method === 'GET' ? send(response, 200, this.#challenge()) : this.#prove(response, body);
    }
    const caller = this.#bearers.get(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (caller === undefined) return send(response, 401, '<error code="notAuthenticated">no</error>');
    if (this.registration === 'blocked') return send(response, 403, '<error code="blocked">no</error>');
    switch (url.pathname) {
      case PAGE.getClientPolicies:
        return send(response, 200, this.#policies(caller, body));
      case PAGE.getPackageInfo:
        return send(response, 200, this.#packageInfo(body));
      case PAGE.getPackageSnapshot:
        return send(response, 200, this.manifestOf(this.#package(url.searchParams.get('package'))));
      case PAGE.postEvent:
        return this.#event(response, body);
      default:
        return send(response, 404, '');
    }
  }

  #register(body: string): string {
    const root = parseXml(body);
    if (this.registration !== 'allowed') {
      return xml`<Resource guid="${root.attributes.guid}" existing="False"><regResponse state="${this.registration}"/></Resource>`
        .text;
    }
    const machine = this.mergeInto ?? guid(root.attributes.guid!);
    this.#keys.set(machine, readKeyBlob(root.attributes.policyKey!)!);
    return xml`<Resource guid="${braces(machine)}" existing="False" nsKey="${this.nsKey}"/>`.text;
  }

  #challenge(): string {
    const challenge = randomUUID();
    this.#challenges.add(challenge);
    return xml`<challenge value="${challenge}">${writeStatements(this.statements)}</challenge>`.text;
  }

  #prove(response: ServerResponse, body: string): void {
    const { attributes } = parseXml(body);
    const machine = guid(attributes.guid!);
    const key = this.#keys.get(machine);
    const text = proofText(machine, attributes.challenge!, this.nsKey);
    const isFresh = this.#challenges.delete(attributes.challenge!);
    if (!isFresh || key === undefined || !verify(null, text, key, Buffer.from(attributes.signature!, 'base64'))) {
      return send(response, 401, '<error code="notAuthenticated">no</error>');
    }
    const token = randomUUID();
    this.#bearers.set(token, machine);
    send(response, 200, xml`<bearer token="${token}" expires="3600"/>`.text);
  }

  #policies(caller: Guid, body: string): string {
    const { hashes } = readPolicyRequest(body);
    const hashOf = (policy: FakePolicy): string => sha256(policy.body).slice(0, 32).toUpperCase();
    const list = this.policies.map((policy) => xml`<resourcePolicy guid="${braces(policy.guid)}"/>`);
    const own = this.policies.map((policy) => xml`<policy guid="${braces(policy.guid)}" hash="${hashOf(policy)}"/>`);
    const bodies = this.policies
      .filter((policy) => hashes.get(policy.guid) !== hashOf(policy))
      .map(
        (policy) =>
          xml`<Policy guid="${braces(policy.guid)}" name="${policy.name}" version="1">${new XmlText(policy.body)}</Policy>`,
      );
    this.policyBodiesSent += bodies.length;
    return xml`<response nsVersion="1"><resources><resource guid="${braces(caller)}">${list}</resource></resources><policyHashes>${own}</policyHashes><policies>${bodies}</policies></response>`
      .text;
  }

  #packageInfo(body: string): string {
    const asked = parseXml(body).children[0]!.children[0]!.attributes.guid;
    const { guid: id, name, version } = this.#package(asked);
    const hrefs = [this.shareOrigin ?? this.url.origin, ...this.otherOrigins].map(
      (origin) => `${origin}${PACKAGE_SHARE}token-${randomUUID()}/${braces(id)}/${version}`,
    );
    const snapshot = `https://public.name.test${PAGE.getPackageSnapshot}?package=${id}`;
    return xml`<Package id="${braces(id)}" name="${name}" version="${version}" status="valid" sourceKey="${this.sourceKey}"><Source>${hrefs.map((href) => xml`<Codebase href="${href}" snapshot="${snapshot}"/>`)}<Codebase unc="\\\\x\\y" snapshot="${snapshot}"/></Source></Package>`
      .text;
  }

  #package(text: string | null | undefined): FakePackage {
    return this.packages.find((candidate) => candidate.guid === parseGuid(text))!;
  }

  #event(response: ServerResponse, body: string): void {
    const { status, headers } = this.eventStatus(body);
    if (status === 200) this.events.push(body);
    if (status === 0) response.destroy();
    else response.writeHead(status, headers).end();
  }

  #share(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const [, id, version, ...segments] = url.pathname.slice(PACKAGE_SHARE.length).split('/').map(decodeURIComponent);
    const path = segments.join('/');
    const found = this.packages.find(
      (candidate) => candidate.guid === parseGuid(id) && String(candidate.version) === version,
    );
    const content = found?.files[path];
    if (content === undefined) return send(response, 404, '');
    this.requests[this.requests.length - 1] = `GET file ${path}`;
    this.fileAnswer(request, response, Buffer.from(content), path);
  }
}

/** As a web server should: strong ETag, ranges, If-Range. */
export function answerFile(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const etag = `"${sha256(content).slice(0, 16)}"`;
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  if (range === null || request.headers['if-range'] !== etag) {
    response.writeHead(200, { ETag: etag, 'Content-Length': content.length }).end(content);
    return;
  }
  const from = Number(range[1]);
  if (from >= content.length) {
    response.writeHead(416, { 'Content-Range': `bytes */${content.length}` }).end();
    return;
  }
  const part = content.subarray(from);
  response
    .writeHead(206, {
      ETag: etag,
      'Content-Range': `bytes ${from}-${content.length - 1}/${content.length}`,
      'Content-Length': part.length,
    })
    .end(part);
}

/** Sends half of what it promised and hangs up. */
export function cutOff(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const etag = `"${sha256(content).slice(0, 16)}"`;
  response.writeHead(200, { ETag: etag, 'Content-Length': content.length });
  response.write(content.subarray(0, Math.floor(content.length / 2)), () =>
    setTimeout(() => request.socket.destroy(), 50),
  );
}

export interface FakeDelivery {
  package: FakePackage;
  commandLine: string;
  program?: Record<string, string>;
  advertisement?: Record<string, string>;
  software?: Record<string, string>;
  /** XML of the schedule. */
  schedule?: string;
  guid?: Guid;
}

/** A software-delivery policy as samples/08 writes it. */
export function deliveryPolicy(delivery: FakeDelivery): FakePolicy {
  const policyGuid = delivery.guid ?? newGuid();
  const program = newGuid();
  const { package: software, commandLine, schedule = '' } = delivery;
  const more = (attributes: Record<string, string> = {}) =>
    Object.entries(attributes).map(([name, value]) => xml` ${new XmlText(name)}="${value}"`);
  const body = xml`<ClientPolicy agentClsid="Altiris.SWD"><SoftPkgs><SoftPkg Name="${software.name}" Id="${braces(software.guid)}" InternalVersion="${software.version}" StatusEventsEnabled="true"${more({ CleanupAfter: '10080', ...delivery.software })}><Programs><Program Name="install" Id="${braces(program)}" CommandLine="${commandLine}" SuccessCodes="0,3010"${more({ TerminateAfter: '5', ...delivery.program })}/></Programs><Advertisements><Advertisement Name="rollout" Id="${braces(policyGuid)}" ProgramId="${braces(program)}"${more({ Enabled: 'true', RunASAP: 'true', ...delivery.advertisement })}>${new XmlText(schedule)}</Advertisement></Advertisements></SoftPkg></SoftPkgs></ClientPolicy>`;
  return { guid: policyGuid, name: `Policy of ${software.name}`, body: body.text };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Length': Buffer.byteLength(body) }).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

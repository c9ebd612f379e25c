/**
 * The server's TLS certificate: the administrator's (PEM pair or PFX), or a self-signed one that is made in the data
 * folder at the first start and renewed under the same key, so that agents which pin the key go on trusting it.
 */
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, connect, createServer } from 'node:tls';
import type { ServerCertificate } from './context.ts';
import { ConfigError, type Settings } from './config.ts';

const DAY = 24 * 3600_000;
const RENEW_DAYS = 30;

/** Loads or makes the certificate that the settings ask for. @throws ConfigError when a given one cannot be used */
export async function loadCertificate(settings: Settings, now: number): Promise<ServerCertificate> {
  if (settings.tlsPfxFile !== '') return loadPfx(settings);
  if (settings.tlsCertFile !== '') return loadPair(settings);
  return loadSelfSigned(settings, now);
}

function describe(pem: string): Pick<ServerCertificate, 'pem' | 'pin' | 'notAfter'> {
  const certificate = new X509Certificate(pem);
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  return { pem, pin: createHash('sha256').update(spki).digest('hex'), notAfter: new Date(certificate.validTo) };
}

function readGiven(path: string, name: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${name} names a file that cannot be read: ${(error as Error).message}.`);
  }
}

function loadPair(settings: Settings): ServerCertificate {
  const cert = readGiven(settings.tlsCertFile, 'NS_TLS_CERT_FILE').toString();
  const key = readGiven(settings.tlsKeyFile, 'NS_TLS_KEY_FILE').toString();
  const passphrase = settings.tlsPassphrase === '' ? undefined : settings.tlsPassphrase;
  try {
    createSecureContext({ cert, key, passphrase });
    return { tls: { cert, key, passphrase }, selfSigned: false, ...describe(cert) };
  } catch (error) {
    throw new ConfigError(`NS_TLS_CERT_FILE and NS_TLS_KEY_FILE cannot be used together: ${(error as Error).message}.`);
  }
}

async function loadPfx(settings: Settings): Promise<ServerCertificate> {
  const tls = {
    pfx: readGiven(settings.tlsPfxFile, 'NS_TLS_PFX_FILE'),
    passphrase: settings.tlsPassphrase === '' ? undefined : settings.tlsPassphrase,
  };
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new ConfigError(`NS_TLS_PFX_FILE cannot be used: ${(error as Error).message}.`);
  }
  return { tls, selfSigned: false, ...describe(await certificateOfPfx(tls)) };
}

/** Node reads a PFX but does not show its certificate; a handshake with ourselves does. */
function certificateOfPfx(tls: { pfx: Buffer; passphrase?: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer(tls, (socket) => socket.end());
    server.on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      // Only our own listener is asked, and only for its certificate: nothing is trusted or sent.
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        const raw = socket.getPeerX509Certificate();
        socket.destroy();
        server.close();
        if (raw === undefined) reject(new ConfigError('NS_TLS_PFX_FILE holds no certificate.'));
        else resolve(raw.toString());
      });
      socket.on('error', reject);
    });
  });
}

function loadSelfSigned(settings: Settings, now: number): Promise<ServerCertificate> {
  const publicName = settings.publicUrl === '' ? [] : [new URL(settings.publicUrl).hostname.replace(/^\[|\]$/g, '')];
  return selfSignedIn(join(settings.dataDir, 'tls'), publicName, now);
}

/** The self-signed certificate of a folder, made when it is missing: for this machine's names and addresses and `names`. */
export async function selfSignedIn(folder: string, names: readonly string[], now: number): Promise<ServerCertificate> {
  const keyPath = join(folder, 'server.key');
  const certPath = join(folder, 'server.crt');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(keyPath)) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeAtomically(keyPath, privateKey.export({ format: 'pem', type: 'pkcs8' }) as string, 0o600);
  }
  const key = readFileSync(keyPath, 'utf8');
  if (
    !existsSync(certPath) ||
    Date.parse(new X509Certificate(readFileSync(certPath)).validTo) < now + RENEW_DAYS * DAY
  ) {
    // Loaded only when one is made: the certificate library costs memory that a running server does not need.
    const { selfSign } = await import('./selfSigned.ts');
    writeAtomically(certPath, await selfSign(key, hostNames(names), now), 0o644);
  }
  const cert = readFileSync(certPath, 'utf8');
  return { tls: { cert, key }, selfSigned: true, ...describe(cert) };
}

function writeAtomically(path: string, content: string, mode: number): void {
  writeFileSync(`${path}.new`, content, { mode });
  renameSync(`${path}.new`, path);
}

/** Names and addresses that agents may call this server by. */
function hostNames(more: readonly string[]): string[] {
  const names = new Set(['localhost', hostname(), ...more]);
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address } of addresses ?? []) names.add(address.split('%')[0]!);
  }
  names.add('127.0.0.1').add('::1');
  return [...names];
}

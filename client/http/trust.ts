/**
 * Whom the agent believes to be its server: the holder of a pinned key, or of a certificate from an authority that an
 * administrator names, or from one the computer trusts anyway. There is no way to trust nobody in particular.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { checkServerIdentity, connect, getCACertificates, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { NotTrusted } from './errors.ts';

export type Trust =
  /** SHA-256 of the server's public key (SPKI, DER), lower-case hex. Name and dates of its certificate do not matter. */
  | { kind: 'pin'; pin: string }
  /** PEM of the only authorities to believe. */
  | { kind: 'ca'; pem: string }
  | { kind: 'system' };

/** What a connection is checked against. Codebases may lie on the pinned server under another name, or on other hosts. */
export type Check = Trust | { kind: 'pinOrSystem'; pin: string };

export function pinOf(text: string): Trust {
  const pin = text.trim().toLowerCase().replaceAll(':', '');
  if (!/^[0-9a-f]{64}$/.test(pin)) throw new NotTrusted('The pin is not a SHA-256 in hexadecimal (64 digits).');
  return { kind: 'pin', pin };
}

/** @throws NotTrusted when the file cannot be read or holds no certificate */
export function authoritiesOf(file: string): Trust {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    throw new NotTrusted(`The file of trusted authorities cannot be read: ${(error as Error).message}`);
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new NotTrusted(`${file} holds no certificate in PEM form.`);
  return { kind: 'ca', pem };
}

/**
 * A TLS connection to a trusted server, or an error: the caller gets the socket only after the check, so nothing is
 * sent to a stranger.
 */
export function connectTrusted(
  trust: Check,
  options: ConnectionOptions & { host: string },
  done: (error: Error | null, socket?: TLSSocket) => void,
): void {
  const isPinned = trust.kind === 'pin' || trust.kind === 'pinOrSystem';
  const own: ConnectionOptions = {
    checkServerIdentity,
    // The chain of a self-signed certificate leads nowhere: the key decides, below.
    rejectUnauthorized: !isPinned,
    ...(trust.kind === 'pin' ? {} : { ca: trust.kind === 'ca' ? trust.pem : systemAuthorities() }),
  };
  const socket = connect({ minVersion: 'TLSv1.2', ...options, ...own });
  const fail = (error: Error): void => {
    socket.destroy();
    done(trustError(error, options.host));
  };
  socket.once('error', fail);
  socket.once('secureConnect', () => {
    socket.removeListener('error', fail);
    const isKnown = !isPinned || (trust.kind === 'pinOrSystem' && socket.authorized);
    const stranger = isKnown ? undefined : pinProblem(socket, trust.pin);
    if (stranger !== undefined) return fail(new NotTrusted(stranger));
    done(null, socket);
  });
}

function pinProblem(socket: TLSSocket, pin: string): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  if (key === undefined) return 'The server showed no certificate.';
  const found = createHash('sha256').update(key).digest('hex');
  if (found === pin) return undefined;
  return `The server's public key is not the pinned one: its SHA-256 is ${found}, pinned is ${pin}. Either this is not the right server, or its key was replaced and --pin (or a new token) must name the new one.`;
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS_CERT|HOSTNAME_MISMATCH/;

function trustError(error: Error, host: string): Error {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (error instanceof NotTrusted || !CERTIFICATE_CODES.test(code)) return error;
  return new NotTrusted(
    `The certificate of ${host} is not trusted: ${error.message}. Use --ca, or --pin, or an enrolment token, which carries the pin.`,
  );
}

let system: string[] | undefined;

/** What Node brings and what the computer's administrators have added. */
function systemAuthorities(): string[] {
  system ??= [...new Set([...getCACertificates('default'), ...getCACertificates('system')])];
  return system;
}

/**
 * Who is at the other end of a request, and whether it came over TLS. Forwarded headers are believed only from proxies
 * that the administrator named: anybody else could write them.
 */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Request } from 'express';
import proxyAddr from 'proxy-addr';

export interface Client {
  /** IPv4 or IPv6, without port; at most as long as the CMDB's columns. */
  readonly address: string;
  readonly secure: boolean;
}

const LONGEST_ADDRESS = 45;

/** @param trusted addresses and ranges of proxies (`loopback` is one, as for Express), or false for none */
export function clientReader(trusted: false | readonly string[]): (request: IncomingMessage) => Client {
  if (trusted === false) {
    return ({ socket }) => ({
      address: plainAddress(socket.remoteAddress),
      secure: (socket as TLSSocket).encrypted === true,
    });
  }
  const trust = proxyAddr.compile([...trusted]);
  return (request) => ({
    address: plainAddress(proxyAddr(request, trust)),
    secure: isSecure(request, trust),
  });
}

/** The same of a request that went through Express, which applies the same setting. */
export function clientAddress(request: Request): string {
  return plainAddress(request.ip);
}

/** Each proxy appends the scheme that it was asked by: the first is what the client used. */
function isSecure(request: IncomingMessage, trust: (address: string, hop: number) => boolean): boolean {
  const { socket } = request;
  const isEncrypted = (socket as TLSSocket).encrypted === true;
  const forwarded = request.headers['x-forwarded-proto'];
  if (forwarded === undefined || !trust(socket.remoteAddress ?? '', 0)) return isEncrypted;
  return String(forwarded).split(',', 1)[0]!.trim().toLowerCase() === 'https';
}

/**
 * An IPv4 client of a dual-stack socket is written as IPv4. IIS as a proxy writes the client's port behind its address
 * (`192.0.2.7:50123`, `[2001:db8::7]:50123`), which is no part of it. What a proxy forwards may be anything.
 */
function plainAddress(text: string | undefined): string {
  const address = (text ?? '').slice(0, LONGEST_ADDRESS);
  if (address.startsWith('::ffff:')) return address.slice(7);
  if (address.startsWith('[')) return address.slice(1, address.indexOf(']'));
  const colon = address.indexOf(':');
  return colon !== -1 && colon === address.lastIndexOf(':') ? address.slice(0, colon) : address;
}

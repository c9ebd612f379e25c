/**
 * Short-lived proofs of the server's own making: challenges, bearers and download tokens. All are HMACs under a key
 * that every node shares, so that any node can check what another has issued, without a look-up.
 */
import type { Guid } from '../../wire/guid.ts';
import type { Clock } from '../clock.ts';

export class AgentTokens {
  constructor(_tokenKey: Buffer, _clock: Clock) {}
  /** A challenge that an agent signs; valid for two minutes. */
  newChallenge(): string {
    throw new Error('not built yet');
  }
  isFreshChallenge(_challenge: string): boolean {
    throw new Error('not built yet');
  }
  /** Bearer for an hour, bound to the computer and to the key that proved it. */
  issueBearer(_guid: Guid, _keyHash: string): { token: string; expiresInSeconds: number } {
    throw new Error('not built yet');
  }
  /** The computer and key hash that a valid bearer names. */
  readBearer(_token: string): { guid: Guid; keyHash: string } | undefined {
    throw new Error('not built yet');
  }
  /** Token for the path of a download, made for one agent and one package; valid for a day. URL-safe. */
  issueDownloadToken(_guid: Guid, _packageGuid: Guid): string {
    throw new Error('not built yet');
  }
  readDownloadToken(_token: string): { guid: Guid; packageGuid: Guid } | undefined {
    throw new Error('not built yet');
  }
}

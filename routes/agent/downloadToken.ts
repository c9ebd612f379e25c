import type { IncomingHttpHeaders } from 'node:http';
import type { AppContext } from '../../app/context.ts';
import { refuse } from '../../models/protocolErrors.ts';
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { SMA_ID } from '../../wire/paths.ts';

/**
 * The token of an address that GetPackageInfo printed: made for one package and one computer, which must still be
 * allowed. Agents that send no header of their own follow such an address as it stands.
 * @throws ProtocolError notAuthenticated, identityMismatch, notRegistered
 */
export function checkDownloadToken(
  context: AppContext,
  headers: IncomingHttpHeaders,
  token: string,
  packageGuid: Guid,
): void {
  const granted = context.tokens.readDownloadToken(token);
  if (granted === undefined) refuse('notAuthenticated', 'the download token is not valid, or not valid any more');
  if (granted.packageGuid !== packageGuid) refuse('identityMismatch', 'the download token is for another package');
  const smaId = headers[SMA_ID];
  if (smaId !== undefined && parseGuid(String(smaId)) !== granted.computer) {
    refuse('identityMismatch', 'the download token is for another computer');
  }
  if (context.agents.get(granted.computer)?.state !== 'allowed') {
    refuse('notRegistered', 'the computer of the download token is not allowed any more');
  }
}

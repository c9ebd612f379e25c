/** The agent settings policy: policies-and-schedules.md section 1, as seen on 8.8. */
import { createHash } from 'node:crypto';
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import { addElement, capital } from './policyXml.ts';
import type { AgentSettings } from './settings.ts';

export interface ServerFacts {
  /** What agents are told to call: scheme, host and port, no trailing slash. */
  publicUrl: string;
  policyIntervalSeconds: number;
  inventoryIntervalSeconds: number;
}

/**
 * Writes the children of `ClientPolicy`. `PkgAccessCredentials` and `symmetricKeySets`, which the original sends, are
 * left out: no privileged credential and no shared key goes to agents (agent-contract.md section 7, items 2 and 3).
 */
export function writeAgentSettings(clientPolicy: XMLBuilder, settings: AgentSettings, server: ServerFacts): void {
  const communications = addElement(clientPolicy, 'Communications');
  // The compressed form of events is not public: agents send them clear, or gzip as HTTP has it.
  addElement(communications, 'Compression', { Enabled: 'False', EventsSize: 200 });
  addElement(communications, 'connectionProfilesOnDemand');
  writeConnectionProfile(addElement(communications, 'connectionProfiles'), server.publicUrl);
  addElement(communications, 'NSUrl');
  addElement(communications, 'ClientPoliciesRequest', {
    Interval: settings.policyIntervalSeconds ?? server.policyIntervalSeconds,
  });
  addElement(communications, 'DataTransfer', {
    BandwidthThreshold: settings.bandwidthThreshold,
    randomBlockoutMax: settings.randomBlockoutMax,
    throttlingUseUTC: capital(settings.throttlingUsesUtc),
    blockoutUseUTC: capital(settings.blockoutUsesUtc),
  });
  addElement(communications, 'BasicInventory', {
    Interval: settings.inventoryIntervalSeconds ?? server.inventoryIntervalSeconds,
  });
  addElement(communications, 'multicast', { ...settings.multicast, sessionTimeoutFormat: 'percentage' });
  writeOwnElements(communications, settings);
  addElement(clientPolicy, 'Security', {
    enableCOMSecurity: 'True',
    allowUpdateConfiguration: 'False',
    allowSendInventory: 'False',
  });
}

function writeConnectionProfile(profiles: XMLBuilder, publicUrl: string): void {
  const url = new URL(publicUrl);
  const secure = url.protocol === 'https:';
  const host = `${url.hostname}:${url.port === '' ? (secure ? 443 : 80) : url.port}`;
  const content = {
    http: capital(!secure),
    httpFQDNs: secure ? '' : host,
    https: capital(secure),
    httpsFQDNs: secure ? host : '',
  };
  const hash = createHash('md5').update(JSON.stringify(content)).digest('hex');
  addElement(profiles, 'connectionProfile', {
    // Stable for an address, so that nodes and restarts agree; agents only compare it.
    profileGuid: `{${hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}}`,
    contentHash: hash.toUpperCase(),
    default: 'True',
    ...content,
    webResource: '/Altiris/',
  });
}

// Names of our own: the original's are not public. Left out while nothing is set, as old agents do not know them.
function writeOwnElements(communications: XMLBuilder, { tickle, blockouts }: AgentSettings): void {
  if (tickle.enabled) {
    addElement(communications, 'Tickle', {
      Enabled: 'True',
      TcpPort: tickle.tcpPort,
      MulticastAddress: tickle.multicastAddress,
      MulticastPort: tickle.multicastPort,
    });
  }
  if (blockouts.length === 0) return;
  const container = addElement(communications, 'Blockouts');
  for (const { type, start, durationMinutes, days } of blockouts) {
    addElement(container, 'Blockout', {
      Type: type,
      Start: start,
      DurationMinutes: durationMinutes,
      // 0 is Sunday.
      Days: days.join(','),
    });
  }
}

/** Complete HTTP requests as an agent of the contract writes them, as text: the client sends them as they are. */
import { braces, guid, type Guid } from '../wire/guid.ts';
import { nseClass, writeNse } from '../wire/nse.ts';
import { PAGE, SMA_ID } from '../wire/paths.ts';
import { CAPTURE_ITEM } from '../wire/wellKnown.ts';
import { writePolicyRequest } from '../wire/policy.ts';
import { xml } from '../wire/xml.ts';

const AGENT = 'Altiris-NS-Agent/8.8';

function get(path: string, computer: Guid, headers = ''): string {
  return `GET ${path} HTTP/1.1\r\nHost: ns1.example.com\r\nUser-Agent: ${AGENT}\r\n${SMA_ID}: ${computer}\r\n${headers}\r\n`;
}

function post(path: string, computer: Guid, body: string, headers = ''): string {
  // The placeholder of a message id is shorter than the GUID that replaces it.
  const length = Buffer.byteLength(body.replace('{message}', computer));
  return (
    `POST ${path} HTTP/1.1\r\nHost: ns1.example.com\r\nUser-Agent: ${AGENT}\r\n${SMA_ID}: ${computer}\r\n` +
    `Content-Type: application/xml\r\nCache-Control: max-age=0\r\n${headers}Content-Length: ${length}\r\n\r\n${body}`
  );
}

/** The GET form (KB 179695); without a hash it asks for everything. */
export function getPolicies(computer: Guid, hash?: string, headers?: string): string {
  const known = hash === undefined ? '' : `&Hash=${hash}`;
  return get(`${PAGE.getClientPolicies}?WrkstaGuid=%7B${computer}%7D&ConfigVersion=2${known}`, computer, headers);
}

/** The POST form of 8.x with the policies that the agent holds. */
export function postPolicies(computer: Guid, held: Iterable<readonly [Guid, string]>, headers?: string): string {
  return post(PAGE.getClientPolicies, computer, writePolicyRequest(computer, held), headers);
}

export function getPackageInfo(computer: Guid, packageGuid: Guid, headers?: string, address = '10.16.4.27'): string {
  const request = xml`<request resource="${braces(computer)}" version="1" type="codebases" compress="0" totalTime="0"><packages><package guid="${braces(packageGuid)}"/></packages><addresses><address ip="${address}"/></addresses></request>`;
  return get(`${PAGE.getPackageInfo}?xml=${encodeURIComponent(request.text)}`, computer, headers);
}

/** Asks for a file or a manifest at the address that the server gave; `tag` makes it conditional. */
export function getAt(url: string, computer: Guid, tag?: string): string {
  const { pathname, search } = new URL(url);
  return get(pathname + search, computer, tag === undefined ? '' : `If-None-Match: ${tag}\r\n`);
}

const EVENT_BYTES = 2048;
/** Stands for the message id while the event is written; the client fills in one of its own for each event it sends. */
const MESSAGE_ID = guid('00000000-0000-4000-8000-00000000ffff');

/** A basic inventory of about 2 KB, each time with a message id of its own: none is a duplicate. */
export function postEvent(computer: Guid, number: number): string {
  let plugIns = 0;
  let body = '';
  do body = inventory(computer, number, ++plugIns);
  while (Buffer.byteLength(body) < EVENT_BYTES);
  return post(PAGE.postEvent, computer, body.replace(MESSAGE_ID, '{message}'));
}

function inventory(computer: Guid, number: number, plugIns: number): string {
  const name = `BENCH-${String(number).padStart(5, '0')}`;
  const fqdn = `${name.toLowerCase()}.bench.example.com`;
  return writeNse({
    to: CAPTURE_ITEM.basicInventory,
    priority: 0,
    msgId: MESSAGE_ID,
    time: new Date(),
    biasMinutes: 0,
    resource: { guid: computer, name, keys: [{ name: 'fqdn', value: fqdn }] },
    classes: [
      nseClass('identification', [
        { name, domain: 'BENCH', fqdn, osName: 'Microsoft Windows 11 Enterprise', osVersion: '10.0.26100' },
      ]),
      nseClass('tcpip', [{ hostName: name, ipAddress: '10.16.4.27', subnetMask: '255.255.252.0' }]),
      nseClass(
        'clientAgent',
        Array.from({ length: plugIns }, (_, plugIn) => ({
          agentName: `Plug-in ${plugIn}`,
          productVersion: '8.8.1280.0',
        })),
      ),
    ],
  });
}

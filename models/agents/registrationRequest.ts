/**
 * A registration request as the wire has it (agent-contract.md 4.2, samples/01). Everything in it is a claim of an
 * unknown machine: it is cut to what the CMDB holds and believed only as far as rules and administrators go.
 */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { escapeXml, parseXml, type XmlElement, XmlError, type XmlLimits } from '../../wire/xml.ts';
import { refuse } from '../protocolErrors.ts';

export interface ResourceKeyValue {
  /** Lower case: `name.domain`, `fqdn`, `uniqueid`, `macaddress`, or one that plug-ins bring. */
  name: string;
  value: string;
}

export interface RegistrationRequest {
  /** The GUID that the agent believes it has. */
  proposedGuid: Guid | undefined;
  name: string;
  domain: string;
  fqdn: string;
  macAddress: string;
  userName: string;
  /** Key blob as sent, white space removed; empty for an agent without one. */
  policyKey: string;
  keys: ResourceKeyValue[];
  /** What was sent, unknown parts included, without the key blob; well-formed, at most 64 KB. */
  requestXml: string;
}

export const KEPT_XML = 64 * 1024;

const limits: XmlLimits = { maxDepth: 8, maxElements: 1000, maxAttributes: 64, maxText: 16 * 1024 };
const MOST_KEYS = 64;
const LONGEST = { name: 255, macAddress: 32, keyName: 100, keyValue: 255 };
/** What an agent without a GUID may send in place of none. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** @throws ProtocolError badXml, badGuid, badRequest */
export function readRegistrationRequest(text: string): RegistrationRequest {
  const root = parse(text);
  if (root.name.toLowerCase() !== 'resource') refuse('badRequest', `root element is ${root.name.slice(0, 40)}`);
  const said = claimsOf(root);
  const typeGuid = readGuid(said('typeguid'), 'typeGuid');
  if (typeGuid !== undefined && typeGuid !== RESOURCE_TYPE.computer)
    refuse('badRequest', `type ${typeGuid} is no computer`);
  const keys = keysOf(root);
  const key = (name: string): string => keys.find((candidate) => candidate.name === name)?.value ?? '';
  const fqdn = said('fqdn') || key('fqdn');
  const name = said('name') || (key('name.domain') || fqdn).split('.')[0]!;
  return {
    proposedGuid: readGuid(root.attributes.guid, 'guid'),
    name: name.slice(0, LONGEST.name),
    domain: (said('domain') || domainOf(key('name.domain'), name)).slice(0, LONGEST.name),
    fqdn: fqdn.slice(0, LONGEST.name),
    macAddress: (said('macaddress', 'mac') || key('macaddress')).slice(0, LONGEST.macAddress),
    userName: said('username', 'user', 'loggedonuser').slice(0, LONGEST.name),
    policyKey: (root.attributes.policyKey ?? '').replace(/\s+/g, ''),
    keys,
    requestXml: keptXml(root),
  };
}

function parse(text: string): XmlElement {
  try {
    return parseXml(text, limits);
  } catch (error) {
    if (error instanceof XmlError) refuse('badXml', error.message);
    throw error;
  }
}

function readGuid(text: string | undefined, what: string): Guid | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const guid = parseGuid(text) ?? refuse('badGuid', `${what} is not a GUID`);
  return guid === NIL ? undefined : guid;
}

/**
 * Looks an attribute up on `resource`, then on `regRequest`, by any of some names. Requests also carry FQDN, MAC and
 * user [documented]; where these sit in the XML is not published (4.2).
 */
function claimsOf(root: XmlElement): (...names: string[]) => string {
  const elements = [root, ...root.children.filter(({ name }) => name.toLowerCase() === 'regrequest')];
  const said = new Map<string, string>();
  for (const { attributes } of elements) {
    for (const [name, value] of Object.entries(attributes)) {
      const key = name.toLowerCase();
      if (!said.has(key)) said.set(key, value.trim());
    }
  }
  return (...names) => names.map((name) => said.get(name)).find((value) => value !== undefined && value !== '') ?? '';
}

function keysOf(root: XmlElement): ResourceKeyValue[] {
  const keys: ResourceKeyValue[] = [];
  for (const { attributes } of root.children.filter(isKey)) {
    const name = (attributes.name ?? '').trim().toLowerCase();
    const value = (attributes.value ?? '').trim();
    if (name === '' || value === '') continue;
    if (name.length > LONGEST.keyName || value.length > LONGEST.keyValue)
      refuse('badRequest', 'a resource key is too long');
    keys.push({ name, value });
  }
  if (keys.length > MOST_KEYS) refuse('badRequest', `more than ${MOST_KEYS} resource keys`);
  return keys;
}

const isKey = (element: XmlElement): boolean => element.name.toLowerCase() === 'key';

/** `name.domain` is computer name and domain name (KB 180774); a name may hold a dot itself. */
function domainOf(nameAndDomain: string, name: string): string {
  if (nameAndDomain.toLowerCase().startsWith(`${name.toLowerCase()}.`)) return nameAndDomain.slice(name.length + 1);
  const dot = nameAndDomain.indexOf('.');
  return dot === -1 ? '' : nameAndDomain.slice(dot + 1);
}

/** Unknown attributes and children are kept (4.2): as many as fit, resource keys first, cut between them and never inside. */
function keptXml(root: XmlElement): string {
  const rest = { ...root.attributes };
  delete rest.policyKey;
  let room = KEPT_XML - `<${root.name}></${root.name}>`.length;
  const fits = (piece: string): boolean => {
    if (piece.length > room) return false;
    room -= piece.length;
    return true;
  };
  const attributes = Object.entries(rest).map(attributeText).filter(fits);
  const children = [...root.children.filter(isKey), ...root.children.filter((element) => !isKey(element))];
  const inner = [...children.map(elementText), escapeXml(root.text.trim())].filter(fits);
  return `<${root.name}${attributes.join('')}>${inner.join('')}</${root.name}>`;
}

const attributeText = ([name, value]: [string, string]): string => ` ${name}="${escapeXml(value)}"`;

function elementText(element: XmlElement): string {
  const attributes = Object.entries(element.attributes).map(attributeText).join('');
  const inner = escapeXml(element.text.trim()) + element.children.map(elementText).join('');
  return `<${element.name}${attributes}>${inner}</${element.name}>`;
}

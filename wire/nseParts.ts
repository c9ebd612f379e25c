/**
 * An NSE message, form A, in pieces: for messages too large to be built as one text, and for resources of any type. What is
 * written is `nseHead`, the resources, the associations, the classes with their rows, `NSE_END`, in this order.
 */
import { braces, type Guid } from './guid.ts';
import { nseTime } from './nse.ts';
import { escapeXml, xml, XML_DECLARATION } from './xml.ts';

export interface NseResourcePart {
  typeGuid: Guid;
  guid: Guid;
  name: string;
  keys: readonly { name: string; value: string }[];
}

export interface NseHead {
  to: Guid;
  priority: number;
  msgId: Guid;
  time: Date;
  /** The first is the one that rows are about. */
  resources: readonly NseResourcePart[];
  associations: readonly { typeGuid: Guid; parent: Guid; child: Guid }[];
}

/** Everything in front of the first class. Times of rows are UTC: the envelope says a bias of 0. */
export function nseHead({ to, priority, msgId, time, resources, associations }: NseHead): string {
  const described = resources.map((resource, index) => {
    const keys = resource.keys.map((key) => xml`<key name="${key.name}" value="${key.value}"/>\n`);
    return xml`<resource typeGuid="${braces(resource.typeGuid)}" guid="${braces(resource.guid)}" name="${resource.name}" ref="${index + 1}">\n${keys}</resource>\n`;
  });
  const lines = associations.map(
    ({ typeGuid, parent, child }) =>
      xml`<resourceAssociation typeGuid="${braces(typeGuid)}" parentResourceGuid="${braces(parent)}" childResourceGuid="${braces(child)}"/>\n`,
  );
  const associated = lines.length === 0 ? xml`` : xml`<resourceAssociations>\n${lines}</resourceAssociations>\n`;
  return (
    XML_DECLARATION +
    xml`<message>
<to>${braces(to)}</to>
<priority>${priority}</priority>
<msgId>${braces(msgId)}</msgId>
<time>${nseTime(time, 0)}</time>
<body>
<inventory>
<resources>
${described}</resources>
${associated}`.text
  );
}

export function nseClassStart(guid: Guid, name: string): string {
  return xml`<inventoryClass guid="${braces(guid)}" name="${name}">
<data>
<resource resourceRef="1">
`.text;
}

/** Values by position; `null` and `undefined` are left out: no value. */
export function nseRow(values: readonly (string | null | undefined)[]): string {
  let row = '<row';
  values.forEach((value, position) => {
    if (value !== null && value !== undefined) row += ` c${position}="${escapeXml(value)}"`;
  });
  return `${row}/>\n`;
}

export const NSE_CLASS_END = '</resource>\n</data>\n</inventoryClass>\n';
export const NSE_END = '</inventory>\n</body>\n</message>\n';

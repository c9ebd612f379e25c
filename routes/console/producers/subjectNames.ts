/** What the subjects of the counts are called, and where their pages are. */
import type { ProducerKind } from '../../../models/events/producers.ts';
import type { Producers } from '../../../models/events/topProducers.ts';
import type { Session } from '../../../models/cmdb/types.ts';
import { ownCaptureItems } from '../../../models/events/captureItems.ts';
import { computerNames, itemNames } from '../../../models/items/names.ts';
import { parseGuid, type Guid } from '../../../wire/guid.ts';
import { at } from '../paths.ts';

export interface NamedSubject {
  label: string;
  /** Undefined when there is no such thing any more. */
  href: string | undefined;
}

export type NamedSubjects = Record<ProducerKind, (subject: string) => NamedSubject>;

export async function nameSubjects(session: Session, found: Record<ProducerKind, Producers>): Promise<NamedSubjects> {
  const guidsOf = (kind: ProducerKind): Guid[] =>
    found[kind].leaders.map(({ subject }) => parseGuid(subject)).filter((guid) => guid !== undefined);
  const computers = await computerNames(session, guidsOf('computer'));
  const policies = await itemNames(session, guidsOf('policy'));
  const classes = await classNames(session, guidsOf('dataClass'));
  const named = (names: ReadonlyMap<Guid, string>, path: string) => (subject: string) => {
    const guid = parseGuid(subject);
    const name = guid === undefined ? undefined : names.get(guid);
    return name === undefined ? { label: subject, href: undefined } : { label: name, href: at(`${path}/${guid}`) };
  };
  return {
    computer: named(computers, '/computers'),
    policy: named(policies, '/policies'),
    dataClass: named(classes, '/data-classes'),
    captureItem: (subject) => ({ label: ownCaptureItems.find(subject)?.name ?? subject, href: undefined }),
  };
}

async function classNames({ db }: Session, guids: readonly Guid[]): Promise<Map<Guid, string>> {
  if (guids.length === 0) return new Map();
  const rows = await db.selectFrom('DataClass').select(['Guid', 'Name']).where('Guid', 'in', guids).execute();
  return new Map(rows.map((row) => [row.Guid, row.Name]));
}

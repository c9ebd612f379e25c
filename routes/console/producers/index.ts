/** Who sends how much: computers, capture items, data classes and policies, by number and by bytes. */
import type { Request, Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import type { ProducerKind } from '../../../models/events/producers.ts';
import {
  PRODUCER_SPANS,
  spanStart,
  topProducers,
  type Producer,
  type ProducerMeasure,
  type Producers,
  type ProducerSpan,
} from '../../../models/events/topProducers.ts';
import { keepFor } from '../../../models/metrics/keepFor.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { nameSubjects, type NamedSubjects } from './subjectNames.ts';

const SHOWN = 15;
const KEPT_MS = 10_000;

const SPAN_LABELS: Record<ProducerSpan, string> = { hour: 'Last hour', day: 'Last day', week: 'Last week' };
const MEASURES: Record<ProducerMeasure, string> = { events: 'By number', bytes: 'By bytes', bad: 'By bad events' };
const KINDS: Record<ProducerKind, { title: string; column: string; others: string }> = {
  computer: { title: 'Computers', column: 'Computer', others: 'All other computers' },
  captureItem: { title: 'Kinds of events', column: 'Capture item', others: 'All others' },
  dataClass: { title: 'Data classes', column: 'Data class', others: 'All other classes' },
  policy: { title: 'Policies', column: 'Policy', others: 'All other policies' },
};

type Found = Record<ProducerKind, Producers>;

export function registerProducerPages(router: Router, { cmdb, clock }: AppContext): void {
  const look = async (span: ProducerSpan, by: ProducerMeasure): Promise<Found> => {
    const since = spanStart(span, clock.now());
    const of = (kind: ProducerKind): Promise<Producers> => topProducers(cmdb, kind, since, by, SHOWN);
    return {
      computer: await of('computer'),
      captureItem: await of('captureItem'),
      dataClass: await of('dataClass'),
      policy: await of('policy'),
    };
  };
  const kept = new Map<string, () => Promise<Found>>();
  for (const span of keysOf(PRODUCER_SPANS))
    for (const by of keysOf(MEASURES))
      kept.set(
        `${span} ${by}`,
        keepFor(clock, KEPT_MS, () => look(span, by)),
      );

  router.get('/producers', async (request, response) => {
    const [span, by] = [spanOf(request), measureOf(request)];
    const found = await kept.get(`${span} ${by}`)!();
    const names = await nameSubjects(cmdb, found);
    await render(request, response, 'producers/producers', {
      title: 'Event producers',
      subtitle: 'Counted when an event is applied or put aside, by the hour.',
      spans: keysOf(PRODUCER_SPANS).map((each) => link(SPAN_LABELS[each], { span: each, by }, each === span)),
      measures: keysOf(MEASURES).map((each) => link(MEASURES[each], { span, by: each }, each === by)),
      since: new Date(spanStart(span, clock.now())).toISOString(),
      by,
      isEmpty: found.computer.total.events === 0,
      tables: keysOf(KINDS).map((kind) => tableOf(kind, found[kind], by, names)),
    });
  });
}

const keysOf = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];

const spanOf = ({ query }: Request): ProducerSpan =>
  keysOf(PRODUCER_SPANS).find((each) => each === query.span) ?? 'day';
const measureOf = ({ query }: Request): ProducerMeasure =>
  keysOf(MEASURES).find((each) => each === query.by) ?? 'events';

const link = (label: string, { span, by }: { span: ProducerSpan; by: ProducerMeasure }, current: boolean) => ({
  label,
  href: at('/producers', { span: span === 'day' ? '' : span, by: by === 'events' ? '' : by }),
  current,
});

function tableOf(kind: ProducerKind, { leaders, others, total }: Producers, by: ProducerMeasure, names: NamedSubjects) {
  const { title, column, others: rest } = KINDS[kind];
  const row = (
    { events, bytes, bad }: Omit<Producer, 'subject'>,
    label: string,
    href: string | undefined,
    badHref = '',
  ) => ({
    label,
    href,
    events: formatNumber(events),
    bytes: formatBytes(bytes),
    bad: formatNumber(bad),
    badHref: bad > 0 ? badHref : '',
    percent: share({ events, bytes, bad }[by], total[by]),
  });
  return {
    title,
    column,
    rows: leaders.map(({ subject, ...counts }) => {
      const { label, href } = names[kind](subject);
      return row(counts, label, href, kind === 'computer' ? at('/events/bad', { sender: subject }) : '');
    }),
    others: others.events > 0 || others[by] > 0 ? row(others, rest, undefined) : undefined,
  };
}

/** Percent, one digit. */
const share = (part: number, whole: number): number => (whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10);

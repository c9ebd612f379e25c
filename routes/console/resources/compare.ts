/** Two computers side by side, or one at two times, with the values that differ marked. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import { compareInventory } from '../../../models/inventory/compare/compareInventory.ts';
import { formatExact } from '../format.ts';
import { at } from '../paths.ts';
import { render } from '../render.ts';
import { readCompareQuery, type CompareQuery, type CompareSide } from './compareQuery.ts';
import { compareSection } from './compareSection.ts';
import { placeOf } from './paths.ts';

/** Beside dozens of other classes, and on a page of its own. */
const MOST_ROWS = { all: 500, one: 20_000 };
const DAY = 24 * 3600_000;

export function registerCompare(router: Router, { cmdb, clock }: AppContext): void {
  router.get('/compare', async (request, response) => {
    const query = await readCompareQuery(cmdb, request, clock.now());
    const { sides, classGuid } = query;
    const compared =
      sides === undefined
        ? []
        : await compareInventory(cmdb, sides, {
            classGuid,
            now: clock.now(),
            mostRows: classGuid === undefined ? MOST_ROWS.all : MOST_ROWS.one,
          });
    const shown = query.onlyDifferences ? compared.filter(({ isEqual }) => isEqual !== true) : compared;
    await render(
      request,
      response,
      'resources/compare',
      {
        title: 'Compare',
        breadcrumb: [{ label: 'Computers', href: at('/computers') }],
        query,
        sides: sides?.map(sideModel),
        sections: shown.map((each) => compareSection(each, (guid) => address(query, { class: guid }))),
        counts: {
          equal: compared.filter(({ isEqual }) => isEqual === true).length,
          different: compared.filter(({ isEqual }) => isEqual === false).length,
        },
        allClassesHref: classGuid === undefined ? undefined : address(query, { class: '' }),
        periods: query.typed.a === '' ? [] : periodLinks(query, clock.now()),
      },
      query.errors.length === 0 ? 200 : 422,
    );
  });
}

function address({ typed, onlyDifferences }: CompareQuery, changes: Record<string, string>): string {
  return at('/compare', { ...typed, only: onlyDifferences ? '1' : '', ...changes });
}

const sideModel = ({ detail, at: when }: CompareSide) => ({
  name: detail.name,
  href: placeOf(detail.typeGuid, detail.guid),
  when: when === undefined ? 'now' : formatExact(when),
});

const PERIODS: readonly [days: number, label: string][] = [
  [1, 'a day'],
  [7, 'a week'],
  [30, '30 days'],
  [90, '90 days'],
];

/** The usual question of one computer: what is different from then. */
function periodLinks(query: CompareQuery, now: number) {
  return PERIODS.map(([days, label]) => ({
    label,
    href: address(query, { b: '', at: new Date(now - days * DAY).toISOString().slice(0, 16), to: '' }),
  }));
}

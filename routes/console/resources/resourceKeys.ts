/** By what a resource is known again: its keys, the hardware seen under its GUID, GUIDs that were merged into it. */
import type { Router } from 'express';
import type { AppContext } from '../../../app/context.ts';
import {
  readAliases,
  readHardware,
  readKeys,
  readSharers,
  type AliasRow,
  type HardwareRow,
  type KeyRow,
} from '../../../models/resources/readKeys.ts';
import type { Cell } from '../cells.ts';
import { render } from '../render.ts';
import { placeOf } from './paths.ts';
import type { ResourcePlace } from './place.ts';

export function registerKeys(router: Router, { cmdb }: AppContext, place: ResourcePlace): void {
  router.get(`${place.path}/keys`, async (request, response) => {
    const resource = await place.load(request);
    const { guid, typeGuid } = resource;
    const [keys, hardware] = [await readKeys(cmdb, guid, typeGuid), await readHardware(cmdb, guid)];
    const sharers = await readSharers(cmdb, guid, typeGuid);
    await render(request, response, 'resources/keys', {
      ...resource.page('/keys'),
      noun: resource.noun,
      keys: keyTable(keys),
      hardware: hardware.length === 0 ? undefined : hardwareTable(hardware),
      sharers: sharers.length === 0 ? undefined : sharerTable(sharers.map((row) => ({ ...row, typeGuid }))),
      aliases: aliasTable(await readAliases(cmdb, guid)),
    });
  });
}

const STRENGTHS: Readonly<Record<number, string>> = {
  3: 'Strong: equal is the same',
  2: 'Good: unless a strong key differs',
  1: 'Weak: only when nothing stronger differs',
};

const time = (at: string | undefined): Cell => (at === undefined ? null : { kind: 'time', at });

const keyTable = (keys: readonly KeyRow[]) => ({
  caption: 'Keys',
  columns: ['Key', 'Value', 'What it decides', 'First sent', 'Last sent', 'From address'].map((label) => ({ label })),
  rows: keys.map(({ name, value, strength, seen }) => [
    name,
    { kind: 'code', text: value, copy: true },
    strength === undefined ? 'Nothing: for people and searches' : (STRENGTHS[strength] ?? `Strength ${strength}`),
    time(seen?.firstAt),
    time(seen?.lastAt),
    seen === undefined ? null : { kind: 'code', text: seen.address },
  ]),
  empty: 'None was sent',
});

const hardwareTable = (rows: readonly HardwareRow[]) => ({
  caption: 'Hardware seen under this GUID',
  columns: [
    { label: 'Name it gave' },
    { label: 'Hardware keys' },
    { label: 'From address' },
    { label: 'First seen' },
    { label: 'Last seen' },
    { label: 'Times', numeric: true },
  ],
  rows: rows.map((row) => [
    { kind: 'text', text: row.name, note: row.isCurrent ? 'now' : '' },
    { kind: 'prose', text: row.keys.join(', ') },
    { kind: 'code', text: row.address },
    time(row.firstAt),
    time(row.lastAt),
    row.times,
  ]),
});

const sharerTable = (
  rows: readonly {
    name: string;
    value: string;
    guid: AliasRow['guid'];
    resource: string;
    typeGuid: AliasRow['guid'];
  }[],
) => ({
  caption: 'Others with an equal key',
  columns: ['Key', 'Value', 'Also has it'].map((label) => ({ label })),
  rows: rows.map(({ name, value, guid, resource, typeGuid }) => [
    name,
    { kind: 'code', text: value },
    { kind: 'link', text: resource, href: placeOf(typeGuid, guid) },
  ]),
});

const aliasTable = (rows: readonly AliasRow[]) => ({
  caption: 'GUIDs that were merged into this one',
  columns: ['GUID', 'Went by the name', 'Merged', 'By'].map((label) => ({ label })),
  rows: rows.map((row) => [{ kind: 'guid', guid: row.guid }, row.name, time(row.since), row.mergedBy]),
  empty: 'None',
});

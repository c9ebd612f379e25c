/** Targets: offices, kinds of machine and the rings of a roll-out. */
import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS, TARGET } from '../../wire/wellKnown.ts';
import type { Utc } from '../cmdb/schema.ts';
import type { SeededComputer } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';
import type { SeededSite } from './sites.ts';

export interface SeededTarget {
  guid: Guid;
  name: string;
  members: readonly SeededComputer[];
}

/** Answers the new targets with their members; the first is "All Computers", which every CMDB has. */
export async function addTargets(
  writer: RowWriter,
  random: Random,
  sites: readonly SeededSite[],
  computers: readonly SeededComputer[],
  at: Utc,
): Promise<SeededTarget[]> {
  const lists: [string, SeededComputer[]][] = [
    ['Pilot ring', computers.filter(() => random.chance(0.02))],
    ['Ring 1', computers.filter(() => random.chance(0.1))],
    ['Servers', computers.filter((computer) => computer.kind === 'SRV')],
    ['Notebooks', computers.filter((computer) => computer.kind === 'NB')],
    ...sites
      .slice(0, 8)
      .map((site): [string, SeededComputer[]] => [
        `Computers in ${site.name}`,
        computers.filter((computer) => computer.site === site),
      ]),
  ];
  const targets: SeededTarget[] = [{ guid: TARGET.allComputers, name: 'All Computers', members: computers }];
  for (const [name, members] of lists) {
    const guid = random.guid();
    addTarget(writer, guid, name, at);
    for (const member of members) {
      writer.add('TargetMember', { TargetGuid: guid, ResourceGuid: member.guid });
      await writer.writeIfFull();
    }
    targets.push({ guid, name, members });
  }
  return targets;
}

function addTarget(writer: RowWriter, guid: Guid, name: string, at: Utc): void {
  writer.add('Item', {
    Guid: guid,
    Name: name,
    Description: '',
    ClassGuid: ITEM_CLASS.target,
    ProductGuid: null,
    Attributes: 0,
    CreatedAt: at,
    CreatedBy: 'seed',
    ModifiedAt: at,
    ModifiedBy: 'seed',
  });
  writer.add('Target', { Guid: guid, Kind: 'list' });
}

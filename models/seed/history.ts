/** What changed in the inventory of a seeded computer before it became what it is: updates, a new address, a new user. */
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { utc } from '../clock.ts';
import type { InventoryDifference } from '../inventory/history/changeOf.ts';
import { AGENT_VERSIONS, FIRST_NAMES, LAST_NAMES } from './company.ts';
import { DAY, MINUTE, type SeededComputer } from './computers.ts';
import type { Random } from './random.ts';
import type { RowWriter } from './rowWriter.ts';
import type { Guid } from '../../wire/guid.ts';

/** Days back in which changes lie. */
const SINCE = 120;

/** About two rows a computer; each change ends in what the computer's rows say now. */
export function addHistory(writer: RowWriter, random: Random, computer: SeededComputer): void {
  const { system, agentVersion, user, address, site } = computer;
  const build = Number(system.build);
  if (Number.isInteger(build) && random.chance(0.5)) {
    const older = system.version.replace(/\d+$/, '');
    change(writer, random, computer, DATA_CLASS.identification, [
      { 'OS Version': `${older}${build - 1}`, 'OS Build Number': String(build - 1) },
      { 'OS Version': system.version, 'OS Build Number': system.build },
    ]);
  }
  if (user !== '' && random.chance(0.25)) {
    const before = `${random.pick(FIRST_NAMES)}.${random.pick(LAST_NAMES)}`;
    if (before !== user)
      change(writer, random, computer, DATA_CLASS.identification, [
        { 'Last Logon User': before },
        { 'Last Logon User': user },
      ]);
  }
  if (computer.kind === 'NB') {
    const host = { 'Host Name': computer.name.toLowerCase() };
    const before = `10.${site.octet}.3.${random.between(1, 250)}`;
    if (before !== address)
      change(writer, random, computer, DATA_CLASS.tcpip, [{ 'IP Address': before }, { 'IP Address': address }], host);
  }
  const older = random.weighted(AGENT_VERSIONS);
  if (older < agentVersion && random.chance(0.5)) addAgentUpdate(writer, random, computer, older);
}

/** The older agent had one plug-in less. */
function addAgentUpdate(
  writer: RowWriter,
  random: Random,
  { agentVersion, ...computer }: SeededComputer,
  older: string,
): void {
  const build = (version: string) => ({ 'Product Version': version, 'Build Number': version.split('.')[2] ?? '' });
  const changed = ['Altiris Agent', 'Altiris Inventory Agent'].map((name) => ({
    before: build(older),
    after: build(agentVersion),
    row: { 'Agent Name': name },
  }));
  const path = computer.system.systemType === 'Win64' ? 'C:\\Program Files\\Altiris\\Altiris Agent' : '/opt/altiris';
  const added = [
    {
      'Agent Name': 'Software Management Solution Agent',
      ...build(agentVersion),
      'Install Path': path,
      'Agent Class Guid': '',
    },
  ];
  addRow(writer, random, computer, DATA_CLASS.clientAgent, { added, removed: [], changed });
}

type Values = Record<string, string>;

function change(
  writer: RowWriter,
  random: Random,
  computer: SeededComputer,
  dataClass: Guid,
  [before, after]: readonly [Values, Values],
  row?: Values,
): void {
  const changed = [{ before, after, ...(row === undefined ? {} : { row }) }];
  addRow(writer, random, computer, dataClass, { added: [], removed: [], changed });
}

function addRow(
  writer: RowWriter,
  random: Random,
  { guid, registeredAt, lastInventoryAt }: Pick<SeededComputer, 'guid' | 'registeredAt' | 'lastInventoryAt'>,
  dataClass: Guid,
  difference: InventoryDifference,
): void {
  const sentAt = lastInventoryAt - random.between(0, SINCE) * DAY;
  if (sentAt <= registeredAt) return;
  writer.add('InventoryHistory', {
    ResourceGuid: guid,
    InventoryClassGuid: dataClass,
    At: utc(sentAt + random.between(1000, MINUTE)),
    EventAt: utc(sentAt),
    Change: JSON.stringify(difference),
  });
}

/** What basic inventory says of the machine itself, for the summary of a computer. */
import type { Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import type { Session } from '../cmdb/types.ts';
import { DataClasses } from './dataClasses.ts';
import { readClassRows } from './inventoryView.ts';

/** Empty where it is not known. */
export interface MachineFacts {
  manufacturer: string;
  model: string;
  build: string;
  timeZone: string;
  /** `No`, or the hypervisor. */
  virtual: string;
  /** As the computer says, which may be another than the site of its address. */
  location: string;
  /** Of the latest month that was told; `DOMAIN\user`. */
  primaryUser: string;
}

/** Months of a class with a row a month and user: more than anybody keeps. */
const MOST_USER_ROWS = 200;

export async function readMachineFacts(session: Session, computer: Guid): Promise<MachineFacts> {
  const classes = await DataClasses.load(session);
  const rowsOf = async (guid: Guid, most: number): Promise<Map<string, string>[]> => {
    const dataClass = classes.get(guid);
    if (dataClass === undefined) return [];
    const { columns, rows } = await readClassRows(session, computer, dataClass, 0, most);
    return rows.map((row) => new Map(columns.map((column, index) => [column, String(row[index] ?? '')])));
  };
  const [identification] = await rowsOf(DATA_CLASS.identification, 1);
  const [machine] = await rowsOf(DATA_CLASS.virtualMachine, 1);
  const [place] = await rowsOf(DATA_CLASS.location, 1);
  return {
    manufacturer: identification?.get('System Manufacturer') ?? '',
    model: identification?.get('System Model') ?? '',
    build: identification?.get('OS Build Number') ?? '',
    timeZone: identification?.get('Time Zone') || place?.get('Time Zone') || '',
    virtual: machine?.get('Hypervisor') || machine?.get('Is Virtual') || '',
    location: place?.get('Location') || place?.get('Site') || '',
    primaryUser: primaryUser(await rowsOf(DATA_CLASS.primaryUser, MOST_USER_ROWS)),
  };
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The class has a row a month, the month by its number or its English name. */
function primaryUser(rows: readonly Map<string, string>[]): string {
  const when = (row: Map<string, string>): number => Number(row.get('Year')) * 12 + monthOf(row.get('Month') ?? '');
  const [latest] = rows.filter((row) => row.get('User')).sort((a, b) => when(b) - when(a));
  if (latest === undefined) return '';
  return [latest.get('Domain'), latest.get('User')].filter(Boolean).join('\\');
}

const monthOf = (month: string): number =>
  /^\d+$/.test(month) ? Number(month) - 1 : MONTHS.indexOf(month.slice(0, 3).toLowerCase());

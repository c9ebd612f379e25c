/**
 * The data classes that the CMDB defines. An event can only fill their tables: names of tables and columns come from
 * here, never from an event.
 */
import type { Guid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import type { Session } from '../cmdb/types.ts';

export interface DataClassColumn {
  name: string;
  /** text, int or time. */
  dataType: string;
  maxLength: number | undefined;
  /** Differs in every event (the time of it, say): counts neither as a change nor in the history. */
  isVolatile: boolean;
}

export interface DataClass {
  guid: Guid;
  name: string;
  /** The table of inventory, or the name under which reports read events: see dataClasses/eventTables.ts. */
  table: string;
  /** inventory or event. */
  kind: string;
  isMultiRow: boolean;
  /** Changes of its data are kept (InventoryHistory). */
  hasHistory: boolean;
  /** Column N of a row is entry N; a hole is a position without a column. */
  columns: (DataClassColumn | undefined)[];
}

export class DataClasses {
  readonly #byGuid: ReadonlyMap<Guid, DataClass>;
  readonly #byName: ReadonlyMap<string, DataClass>;
  /** What an event may call a class besides. */
  readonly #others = new Map<Guid, Guid>();

  /** @param others the vendor's GUIDs of built-in classes, by the names that wellKnown.ts gives ours (setting) */
  constructor(classes: readonly DataClass[], others: ReadonlyMap<string, Guid> = new Map()) {
    for (const [name, other] of others) {
      const own = DATA_CLASS[name as keyof typeof DATA_CLASS] as Guid | undefined;
      if (own !== undefined) this.#others.set(other, own);
    }
    this.#byGuid = new Map(classes.map((dataClass) => [dataClass.guid, dataClass]));
    this.#byName = new Map(classes.map((dataClass) => [dataClass.name.toLowerCase(), dataClass]));
  }

  static async load(session: Session, others?: ReadonlyMap<string, Guid>): Promise<DataClasses> {
    const classes = await session.db.selectFrom('DataClass').selectAll().execute();
    const columns = await session.db.selectFrom('DataClassColumn').selectAll().orderBy('Position').execute();
    const byGuid = new Map<Guid, DataClass>();
    for (const row of classes) {
      const { Guid: guid, Name: name, DataTableName: table, Kind: kind } = row;
      const [isMultiRow, hasHistory] = [row.IsMultiRow === 1, row.HasHistory === 1];
      byGuid.set(guid, { guid, name, table, kind, isMultiRow, hasHistory, columns: [] });
    }
    for (const row of columns) {
      const { Name: name, DataType: dataType } = row;
      const column = { name, dataType, maxLength: row.MaxLength ?? undefined, isVolatile: row.IsVolatile === 1 };
      const dataClass = byGuid.get(row.DataClassGuid);
      if (dataClass !== undefined) dataClass.columns[row.Position] = column;
    }
    return new DataClasses([...byGuid.values()], others);
  }

  /** By GUID; by name only when the event gives no GUID: a class whose definition changed has the same name. */
  find(guid: Guid | undefined, name: string): DataClass | undefined {
    if (guid === undefined) return this.#byName.get(name.toLowerCase());
    return this.#byGuid.get(guid) ?? this.#byGuid.get(this.#others.get(guid) ?? guid);
  }

  get(guid: Guid): DataClass | undefined {
    return this.#byGuid.get(guid);
  }

  all(): DataClass[] {
    return [...this.#byGuid.values()];
  }
}

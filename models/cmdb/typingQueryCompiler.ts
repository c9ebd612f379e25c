/**
 * Writes T-SQL whose every parameter goes out with its type, taken from the column that it is compared with or written to
 * (types.ts): an untyped GUID or time would be nvarchar, and the server would convert, in the worst case the column.
 */
import {
  MssqlQueryCompiler,
  type BinaryOperationNode,
  type ColumnUpdateNode,
  type InsertQueryNode,
  type OperationNode,
  type PrimitiveValueListNode,
  type SelectQueryNode,
  type ValueListNode,
} from 'kysely';
import { columnKind, TypedParam } from './types.ts';

function columnName(node: OperationNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const named = node as { kind: string; column?: OperationNode & { name?: string }; name?: string };
  if (named.kind === 'ReferenceNode') return columnName((node as unknown as { column: OperationNode }).column);
  if (named.kind === 'ColumnNode') {
    return (node as unknown as { column: { name: string } }).column.name;
  }
  return undefined;
}

/** Remembers which column a value belongs to while the query is written out. */
export class TypingQueryCompiler extends MssqlQueryCompiler {
  #column: string | undefined;
  #insertColumns: string[] = [];

  #within(column: string | undefined, visit: () => void): void {
    const before = this.#column;
    this.#column = column ?? before;
    visit();
    this.#column = before;
  }

  protected override addParameter(parameter: unknown): void {
    const kind = this.#column === undefined ? 'other' : columnKind(this.#column);
    super.addParameter(
      parameter instanceof TypedParam || kind === 'other' ? parameter : new TypedParam(kind, parameter),
    );
  }

  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    this.#within(columnName(node.leftOperand) ?? columnName(node.rightOperand), () => super.visitBinaryOperation(node));
  }

  /** `Guid in (select … where Name = ?)`: the query inside compares columns of its own. */
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const before = this.#column;
    this.#column = undefined;
    super.visitSelectQuery(node);
    this.#column = before;
  }

  protected override visitColumnUpdate(node: ColumnUpdateNode): void {
    this.#within(columnName(node.column), () => super.visitColumnUpdate(node));
  }

  protected override visitInsertQuery(node: InsertQueryNode): void {
    const before = this.#insertColumns;
    this.#insertColumns = node.columns?.map((column) => column.column.name) ?? [];
    super.visitInsertQuery(node);
    this.#insertColumns = before;
  }

  protected override visitPrimitiveValueList(node: PrimitiveValueListNode): void {
    if (this.#insertColumns.length !== node.values.length || this.#column !== undefined) {
      super.visitPrimitiveValueList(node);
      return;
    }
    this.append('(');
    node.values.forEach((value, index) => {
      if (index > 0) this.append(', ');
      this.#within(this.#insertColumns[index], () => this.appendValue(value));
    });
    this.append(')');
  }

  protected override visitValueList(node: ValueListNode): void {
    if (this.#insertColumns.length !== node.values.length || this.#column !== undefined) {
      super.visitValueList(node);
      return;
    }
    this.append('(');
    node.values.forEach((value, index) => {
      if (index > 0) this.append(', ');
      this.#within(this.#insertColumns[index], () => this.visitNode(value));
    });
    this.append(')');
  }
}

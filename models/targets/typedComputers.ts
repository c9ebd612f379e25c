/** Computers as somebody types them: names, `DOMAIN\name`, full names or GUIDs, and back. */
import { parseGuid, type Guid } from '../../wire/guid.ts';
import type { Session } from '../cmdb/types.ts';
import { InvalidInput, type FieldError } from '../fieldErrors.ts';

/** GUIDs or names in one IN list. */
const BATCH = 900;
/** Faults named one by one. */
const NAMED = 5;

interface Known {
  ResourceGuid: Guid;
  Name: string;
  Domain: string;
  Fqdn: string;
}

/**
 * The computers that the lines name, each once, in their order. Letter case does not matter.
 * @throws InvalidInput with the field `computers`: a line that names nobody, or more than one
 */
export async function readTypedComputers(session: Session, lines: readonly string[]): Promise<Guid[]> {
  const texts = [...new Set(lines.map((line) => line.trim()).filter((line) => line !== ''))];
  const byText = await find(session, texts);
  const errors: FieldError[] = [];
  const guids = new Set<Guid>();
  for (const text of texts) {
    const found = byText.get(text) ?? [];
    if (found.length === 1) guids.add(found[0]!);
    else errors.push({ field: 'computers', message: fault(text, found.length) });
  }
  if (errors.length === 0) return [...guids];
  const rest = errors.length - NAMED;
  throw new InvalidInput([
    ...errors.slice(0, NAMED),
    ...(rest > 0 ? [{ field: 'computers', message: `${rest} more lines name no single computer.` }] : []),
  ]);
}

function fault(text: string, count: number): string {
  if (count === 0) return `“${text}” is no known computer.`;
  return `“${text}” is the name of ${count} computers: enter the domain before it, or the GUID.`;
}

async function find(session: Session, texts: readonly string[]): Promise<Map<string, Guid[]>> {
  const guids = new Set(texts.map((text) => parseGuid(text)).filter((guid) => guid !== undefined));
  const names = new Set(texts.map((text) => nameOf(text)));
  const byGuid = new Map((await read(session, 'ResourceGuid', [...guids])).map((row) => [row.ResourceGuid, row]));
  const byName = Map.groupBy(await read(session, 'Name', [...names]), ({ Name }) => Name.toLowerCase());
  return new Map(
    texts.map((text) => {
      const guid = parseGuid(text);
      if (guid !== undefined) return [text, byGuid.has(guid) ? [guid] : []];
      const namesakes = byName.get(nameOf(text)) ?? [];
      return [text, namesakes.filter((row) => fits(row, text)).map(({ ResourceGuid }) => ResourceGuid)];
    }),
  );
}

/** The computer's own name within `DOMAIN\name` and `name.example.com`. */
function nameOf(text: string): string {
  return text
    .slice(text.indexOf('\\') + 1)
    .split('.')[0]!
    .toLowerCase();
}

function fits({ Name, Domain, Fqdn }: Known, text: string): boolean {
  const typed = text.toLowerCase();
  return [Name, `${Domain}\\${Name}`, Fqdn].some((own) => own.toLowerCase() === typed);
}

async function read({ db }: Session, column: 'ResourceGuid' | 'Name', values: readonly string[]): Promise<Known[]> {
  const rows: Known[] = [];
  for (let at = 0; at < values.length; at += BATCH) {
    const some = db
      .selectFrom('Computer')
      .select(['ResourceGuid', 'Name', 'Domain', 'Fqdn'])
      .where(column, 'in', values.slice(at, at + BATCH) as Guid[]);
    rows.push(...(await some.execute()));
  }
  return rows;
}

/** How the computers are typed: their names, or `DOMAIN\name` and the GUID where a name alone would not do. By name. */
export async function typeComputers(session: Session, guids: readonly Guid[]): Promise<string[]> {
  const wanted = new Set(guids);
  const computers = await read(session, 'ResourceGuid', [...wanted]);
  const namesakes = Map.groupBy(await read(session, 'Name', [...new Set(computers.map(({ Name }) => Name))]), (row) =>
    row.Name.toLowerCase(),
  );
  const texts = computers.map((computer) => {
    const same = namesakes.get(computer.Name.toLowerCase()) ?? [];
    if (same.length === 1) return computer.Name;
    const inDomain = same.filter(({ Domain }) => Domain.toLowerCase() === computer.Domain.toLowerCase());
    return inDomain.length === 1 && computer.Domain !== ''
      ? `${computer.Domain}\\${computer.Name}`
      : computer.ResourceGuid;
  });
  return texts.sort();
}

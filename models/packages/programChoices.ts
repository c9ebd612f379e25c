import type { Guid } from '../../wire/guid.ts';
import { top } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export interface ProgramChoice {
  guid: Guid;
  name: string;
  packageGuid: Guid;
  packageName: string;
}

/** Programs for a picker, by package and position: of one package, or the first `most` of all. */
export async function programChoices(session: Session, packageGuid?: Guid, most = 2000): Promise<ProgramChoice[]> {
  let programs = session.db
    .selectFrom('Program as g')
    .innerJoin('Item as i', 'i.Guid', 'g.PackageGuid')
    .select(['g.Guid', 'g.Name', 'g.PackageGuid', 'i.Name as PackageName'])
    .orderBy('i.Name')
    .orderBy('g.Position');
  if (packageGuid !== undefined) programs = programs.where('g.PackageGuid', '=', packageGuid);
  const rows = await top(session, programs, most).execute();
  return rows.map((row) => ({
    guid: row.Guid,
    name: row.Name,
    packageGuid: row.PackageGuid,
    packageName: row.PackageName,
  }));
}

/** The package of a program. */
export async function packageOfProgram({ db }: Session, program: Guid): Promise<Guid | undefined> {
  const row = await db.selectFrom('Program').select('PackageGuid').where('Guid', '=', program).executeTakeFirst();
  return row?.PackageGuid;
}

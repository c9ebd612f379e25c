import type { Guid } from '../../wire/guid.ts';
import { ITEM_CLASS } from '../../wire/wellKnown.ts';
import { recordAudit, type Actor } from '../audit/audit.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb, Session } from '../cmdb/types.ts';
import { insertItem, isNameTaken } from '../items/itemStore.ts';
import { copyDistribution } from '../packageServers/distribution.ts';
import { columnsOf } from './createPackage.ts';
import { packageInputOf, readPackageRow } from './packageRow.ts';
import { insertProgram, listPrograms } from './programs.ts';

const MOST_NAME = 255;

/**
 * A package of the same fields and programs, for the same package servers, with a name of its own. It has no snapshot
 * yet: the first is built from the same source at once; equal files are kept once. It is switched on or off like its model.
 * Undefined when there is no such package.
 */
export async function clonePackage(cmdb: Cmdb, clock: Clock, actor: Actor, model: Guid): Promise<Guid | undefined> {
  return cmdb.transaction(async (session) => {
    const row = await readPackageRow(session, model);
    if (row === undefined) return undefined;
    const programs = await listPrograms(session, model);
    const fields = { ...packageInputOf(row), name: await freeName(session, row.Name), owner: actor.name.slice(0, 255) };
    const { name, description } = fields;
    const guid = await insertItem(session, clock, actor, { name, description, classGuid: ITEM_CLASS.package });
    await session.db
      .insertInto('Package')
      .values({
        Guid: guid,
        ...columnsOf(fields),
        State: fields.isEnabled ? 'new' : 'disabled',
        StateDetail: '',
        CurrentVersion: null,
        FailureCount: 0,
        LastRefreshAt: null,
        NextRefreshAt: fields.isEnabled ? utc(clock.now()) : null,
        LastUsedAt: null,
      })
      .execute();
    for (const program of programs) await insertProgram(session, guid, program.position, program);
    await copyDistribution(session, clock, model, guid);
    await recordAudit(session, clock, actor, {
      action: 'clone',
      objectKind: 'package',
      objectGuid: guid,
      objectName: name,
      after: { ...fields, model: row.Name, programs: programs.map((program) => program.name) },
    });
    await recordChange(session, clock, 'package', guid);
    return guid;
  });
}

/** `Viewer (copy)`, `Viewer (copy 2)` … */
async function freeName(session: Session, name: string): Promise<string> {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? ' (copy)' : ` (copy ${number})`;
    const candidate = name.slice(0, MOST_NAME - ending.length) + ending;
    if (!(await isNameTaken(session, ITEM_CLASS.package, candidate))) return candidate;
  }
}

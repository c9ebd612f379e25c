/** Settings that live in the CMDB because all nodes and the report views share them. */
import { utc, type Clock } from '../clock.ts';
import { insertOrUpdate } from '../cmdb/sql.ts';
import type { Session } from '../cmdb/types.ts';

export async function readSetting(session: Session, name: string): Promise<string | undefined> {
  const row = await session.db.selectFrom('Setting').select('Value').where('Name', '=', name).executeTakeFirst();
  return row?.Value;
}

/** Writes only a value that differs, so that a restart leaves no trace. */
export async function writeSetting(
  session: Session,
  clock: Clock,
  name: string,
  value: string,
  by: string,
): Promise<void> {
  if ((await readSetting(session, name)) === value) return;
  await insertOrUpdate(session, 'Setting', ['Name'], {
    Name: name,
    Value: value,
    ModifiedAt: utc(clock.now()),
    ModifiedBy: by,
  });
}

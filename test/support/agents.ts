/** Registered computers for tests that are not about registration. */
import { sql } from 'kysely';
import type { AppContext } from '../../app/context.ts';
import { newGuid, type Guid } from '../../wire/guid.ts';
import { RESOURCE_TYPE } from '../../wire/wellKnown.ts';
import { utc } from '../../models/clock.ts';
import { recordChange } from '../../models/changes/changeLog.ts';

/** Settings that let `addLegacyAgent`'s computers in from this machine by GUID alone. */
export const LEGACY_LOOPBACK = { NS_LEGACY_AGENTS: '127.0.0.0/8' };

/** An allowed computer without a key that could prove itself, as the original agents are. */
export async function addLegacyAgent(context: AppContext, name = 'WKS-042'): Promise<Guid> {
  const guid = newGuid();
  const now = utc(context.clock.now());
  await context.cmdb.transaction(async (session) => {
    const { db } = session;
    await db
      .insertInto('Resource')
      .values({
        Guid: guid,
        Name: name,
        ResourceTypeGuid: RESOURCE_TYPE.computer,
        IsManaged: 1,
        CreatedAt: now,
        ModifiedAt: now,
        DeletedAt: null,
      })
      .execute();
    await db
      .insertInto('Computer')
      .values({
        ResourceGuid: guid,
        Name: name,
        Domain: 'EXAMPLE',
        Fqdn: '',
        OsName: '',
        OsVersion: '',
        SystemType: '',
        IpAddress: '',
        MacAddress: '',
        AgentVersion: '',
        UserName: '',
        SiteGuid: null,
        LastInventoryAt: null,
      })
      .execute();
    await db
      .insertInto('AgentRegistration')
      .values({
        Guid: newGuid(),
        ResourceGuid: guid,
        Name: name,
        Domain: 'EXAMPLE',
        Fqdn: '',
        Address: '127.0.0.1',
        MacAddress: '',
        UserName: '',
        PolicyKey: '',
        KeyHash: '',
        RequestXml: '',
        State: 'allowed',
        Reason: '',
        DuplicateOfGuid: null,
        DecidedBy: 'test',
        DecidedAt: now,
        FirstSeenAt: now,
        LastSeenAt: now,
        RequestCount: 1,
      })
      .execute();
    await recordChange(session, context.clock, 'registration', guid);
  });
  await context.agents.refresh(context.cmdb, guid);
  return guid;
}

/** Rows of every table of a CMDB: attack tests prove with it that nothing happened. */
export async function rowCounts(context: AppContext, tables: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of tables) {
    const { rows } = await sql<{ n: number }>`SELECT COUNT(*) AS n FROM ${sql.table(table)}`.execute(context.cmdb.db);
    counts[table] = Number(rows[0]!.n);
  }
  return counts;
}

import type { Guid } from '../../wire/guid.ts';
import { recordChange } from '../changes/changeLog.ts';
import { utc, type Clock } from '../clock.ts';
import type { Cmdb } from '../cmdb/types.ts';
import type { ProbeResult } from './probe.ts';

/** Keeps what a look at a package on a package server found. Answers whether it is another result than before. */
export async function noteProbe(
  cmdb: Cmdb,
  clock: Clock,
  server: Guid,
  packageGuid: Guid,
  found: ProbeResult,
): Promise<boolean> {
  const at = utc(clock.now());
  const unreachable = found.result === 'unreachable' ? found.reason.slice(0, 1000) : '';
  const wrong = found.result === 'wrong' ? found.reason.slice(0, 1000) : '';
  return cmdb.transaction(
    async (session) => {
      const { db } = session;
      const report = await db
        .selectFrom('PackageServerReport')
        .select('ProbeProblem')
        .where('ResourceGuid', '=', server)
        .executeTakeFirst();
      await db
        .updateTable('PackageServerReport')
        .set({ ProbedAt: at, ProbeProblem: unreachable })
        .where('ResourceGuid', '=', server)
        .execute();
      let isOther = report?.ProbeProblem !== unreachable;
      if (found.result !== 'unreachable') {
        const holding = () =>
          db
            .selectFrom('PackageHolding')
            .select('ProbeProblem')
            .where('ResourceGuid', '=', server)
            .where('PackageGuid', '=', packageGuid);
        isOther ||= (await holding().executeTakeFirst())?.ProbeProblem !== wrong;
        await db
          .updateTable('PackageHolding')
          .set({ ProbedAt: at, ProbeProblem: wrong })
          .where('ResourceGuid', '=', server)
          .where('PackageGuid', '=', packageGuid)
          .execute();
      }
      // What is damaged is to be found and fetched again without anybody's doing.
      if (isOther && wrong !== '') {
        await db
          .updateTable('PackageServer')
          .set((eb) => ({ VerifyCount: eb('VerifyCount', '+', 1) }))
          .where('ResourceGuid', '=', server)
          .execute();
      }
      if (isOther) await recordChange(session, clock, 'packageServer', server);
      return isOther;
    },
    { mayBeLost: true },
  );
}

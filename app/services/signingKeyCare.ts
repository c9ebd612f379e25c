/**
 * Has snapshots signed anew after the signing key was changed, here or on another node, and looks that what this node
 * serves carries the new signatures. What a crash has left half done is gone on with.
 */
import { resignSnapshots } from '../../models/signingKeys/resignSnapshots.ts';
import type { AppContext } from '../context.ts';
import { every, type Service } from './service.ts';

const LOOK_MS = 2000;
/** Another node that has not heard of a new key may publish with the old one: the CMDB is asked now and then, too. */
const ASK_MS = 60_000;

export function signingKeyCare(context: AppContext): Service {
  const { cmdb, clock, log, packages, secrets } = context;
  const keys = secrets.signingKeys;
  const stopping = new AbortController();
  let lastAsked = Number.NEGATIVE_INFINITY;
  let failing = false;
  /** Snapshots that nobody vouches for stay as they are: told of once. */
  let doubtfulBefore = 0;
  const look = async (): Promise<void> => {
    const isDue = performance.now() - lastAsked >= ASK_MS;
    if (!isDue && packages.countSignedByOthers(keys.current.name) <= doubtfulBefore) return;
    lastAsked = performance.now();
    const { signed, doubtful } = await resignSnapshots({ cmdb, clock, keys }, stopping.signal);
    if (signed > 0) log.info({ signed, key: keys.current.name }, 'snapshots were signed anew');
    if (doubtful > doubtfulBefore) {
      log.warn({ doubtful }, 'the signatures of snapshots do not fit the keys they name: they are not signed anew');
    }
    doubtfulBefore = doubtful;
    if (packages.countSignedByOthers(keys.current.name) > doubtful) await packages.reload(cmdb);
    failing = false;
  };
  const service = every(LOOK_MS, look, (error) => {
    if (!failing) log.error({ err: error }, 'snapshots cannot be signed anew');
    failing = true;
  });
  return {
    start: service.start,
    stop: async () => {
      stopping.abort();
      await service.stop();
    },
  };
}

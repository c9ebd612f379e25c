/** What needs attention, for the badges and the health dot of every page: asked of the models now and then only. */
import type { AppContext } from '../../app/context.ts';
import { readAttention, type Attention } from '../../models/metrics/attention.ts';
import { checkHealth, worstState, type HealthCheck, type HealthState } from '../../models/metrics/health.ts';
import { keepFor } from '../../models/metrics/keepFor.ts';

const COUNTS_KEPT_MS = 5000;
const HEALTH_KEPT_MS = 30_000;

export type FrameAttention = Attention & { health: HealthState };

export function attentionReader(context: AppContext): () => Promise<FrameAttention> {
  const { cmdb, clock, queue } = context;
  const counts = keepFor(clock, COUNTS_KEPT_MS, () => readAttention({ cmdb, clock, queue }));
  const health = keepFor(clock, HEALTH_KEPT_MS, async () => worstState(await healthOf(context)));
  return async () => ({ ...(await counts()), health: await health() });
}

export function healthOf({ cmdb, clock, queue, certificate, settings }: AppContext): Promise<HealthCheck[]> {
  const { dataDir, minFreeDiskMb } = settings;
  return checkHealth({ cmdb, clock, queue, certificateEnds: certificate.notAfter, dataDir, minFreeDiskMb });
}

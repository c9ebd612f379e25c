/** What needs attention, for the badges of every page: asked of the models at most every few seconds. */
import type { AppContext } from '../../app/context.ts';
import { readAttention, type Attention } from '../../models/metrics/attention.ts';
import { keepFor } from '../../models/metrics/keepFor.ts';

const KEPT_MS = 5000;

export function attentionReader({ cmdb, clock, queue }: AppContext): () => Promise<Attention> {
  return keepFor(clock, KEPT_MS, () => readAttention({ cmdb, clock, queue }));
}

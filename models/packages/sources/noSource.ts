import type { PackageSource } from './source.ts';

/** A command line only: nothing to publish, nothing to download. */
export const noSource: PackageSource = {
  kind: 'none',
  check: async () => [],
  locate: async () => undefined,
};

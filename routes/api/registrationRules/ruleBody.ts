import { z } from 'zod';

/** Types only: what the values may be is the store's to judge. */
export const ruleBody = z.strictObject({
  name: z.string(),
  action: z.string(),
  nameMasks: z.array(z.string()).default([]),
  addressMasks: z.array(z.string()).default([]),
  isEnabled: z.boolean().default(true),
});

/** A change names what it changes. */
export const ruleChange = z.strictObject({
  name: z.string().optional(),
  action: z.string().optional(),
  nameMasks: z.array(z.string()).optional(),
  addressMasks: z.array(z.string()).optional(),
  isEnabled: z.boolean().optional(),
});

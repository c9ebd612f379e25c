import { InvalidInput } from '../fieldErrors.ts';

/** Throws when a field has a fault: one sentence a field. @throws InvalidInput */
export function rejectFaults(faults: Readonly<Record<string, string>>): void {
  const errors = Object.entries(faults).map(([field, message]) => ({ field, message }));
  if (errors.length > 0) throw new InvalidInput(errors);
}

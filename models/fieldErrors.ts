/** What is wrong with what somebody typed: the same list for a console form and for an API answer. */
import type { ZodError } from 'zod';

export interface FieldError {
  /** Name of the field as the form and the API body spell it; nested ones with dots. Empty: the whole input. */
  field: string;
  /** One sentence for the person who typed it. */
  message: string;
}

/** Thrown by models when input cannot be taken; nothing was written. */
export class InvalidInput extends Error {
  readonly errors: readonly FieldError[];
  constructor(errors: readonly FieldError[]) {
    super(errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join(' '));
    this.name = 'InvalidInput';
    this.errors = errors;
  }
}

export function fieldErrors(error: ZodError): FieldError[] {
  return error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
}

/** What a person or an API caller typed cannot be taken: one sentence a field, shown beside the field. */
export type FieldErrors = Readonly<Record<string, string>>;

export class InvalidInput extends Error {
  readonly fields: FieldErrors;
  constructor(fields: FieldErrors) {
    super(Object.values(fields).join(' '));
    this.name = 'InvalidInput';
    this.fields = fields;
  }
}

/** Throws when there is anything wrong. @throws InvalidInput */
export function rejectInvalid(fields: FieldErrors): void {
  if (Object.keys(fields).length > 0) throw new InvalidInput(fields);
}

/**
 * Forms: fields are described once, drawn by views/partials/form.ejs, and shown again with what was typed when
 * something is wrong. A handler has five steps: authorise and load, parse, validate, act, answer (README.md).
 */
import type { Request, Response } from 'express';
import { InvalidInput, type FieldError } from '../../models/fieldErrors.ts';
import { render, type PageModel } from './render.ts';

export interface Field {
  name: string;
  label: string;
  /** `text` unless said otherwise. `checkbox` is one yes or no, `checkboxes` several of `options`. */
  kind?:
    | 'text'
    | 'password'
    | 'number'
    | 'textarea'
    | 'select'
    | 'radio'
    | 'checkbox'
    | 'checkboxes'
    | 'date'
    | 'time'
    | 'datetime-local';
  help?: string;
  /** Inside the field, at its end: `minutes`, `KB`. */
  unit?: string;
  required?: boolean;
  options?: readonly { value: string; label: string; help?: string }[];
  placeholder?: string;
  autocomplete?: string;
  maxLength?: number;
  min?: number;
  max?: number;
  rows?: number;
  /** Monospace: paths, command lines, GUIDs. */
  code?: boolean;
  /** Why it cannot be changed: shown, disabled, with this sentence. */
  disabled?: string | undefined;
}

export interface FieldSection {
  title?: string;
  help?: string;
  fields: readonly Field[];
}

/** A text a field; `checkboxes` and several values of a name are lists. */
export type FormValues = Record<string, string | readonly string[]>;

export interface Form {
  /** Console address it is posted to. */
  action: string;
  sections: readonly FieldSection[];
  values: FormValues;
  errors?: readonly FieldError[];
  submit: string;
  /** A second button that sends the form with this name, for example for a preview. */
  also?: { name: string; label: string };
  cancel: string;
  danger?: boolean;
  /** Why it cannot be sent: every field is shown, disabled, with this sentence. */
  disabled?: string | undefined;
  /** Carried along unseen. */
  hidden?: readonly (readonly [string, string])[];
}

/** What was sent for the described fields, trimmed, except passwords; a name that was not sent is empty. */
export function readForm(request: Request, sections: readonly FieldSection[]): FormValues {
  const body = (request.body ?? {}) as Record<string, string | string[] | undefined>;
  const values: FormValues = {};
  for (const field of sections.flatMap((section) => section.fields)) {
    const sent = body[field.name];
    if (field.kind === 'checkboxes') values[field.name] = [sent ?? []].flat();
    else {
      const text = [sent ?? ''].flat()[0] ?? '';
      values[field.name] = field.kind === 'password' ? text : text.trim();
    }
  }
  return values;
}

/** A field's text. */
export function textOf(values: FormValues, name: string): string {
  const value = values[name] ?? '';
  return typeof value === 'string' ? value : (value[0] ?? '');
}

/** Does it; what the model says is wrong with the input comes back as a value, everything else is thrown on. */
export async function attempt<T>(act: () => Promise<T>): Promise<{ done: T } | { errors: readonly FieldError[] }> {
  try {
    return { done: await act() };
  } catch (error) {
    if (error instanceof InvalidInput) return { errors: error.errors };
    throw error;
  }
}

/** Shows a form: 200, or 422 with its errors. `template` when the form is a part of a page of its own. */
export async function showForm(
  request: Request,
  response: Response,
  form: Form,
  page: PageModel & { template?: string },
): Promise<void> {
  const { template = 'form', ...model } = page;
  const errors = form.errors ?? [];
  await render(request, response, template, { ...model, form: { ...form, errors } }, errors.length === 0 ? 200 : 422);
}

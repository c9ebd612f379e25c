/** Holds a running server's answers against openapi.yaml: types, required members, and none that is not described. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  const?: unknown;
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  default?: unknown;
}

export interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  schema: Schema;
}

interface Content {
  schema: Schema;
  example?: unknown;
}

export interface Operation {
  operationId: string;
  summary: string;
  security: [{ token: string[] }];
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': Content } };
  responses: Record<string, { $ref?: string; content?: Record<string, Content> }>;
}

type PathItem = Record<string, Operation> & { parameters?: Parameter[] };

export interface OpenApi {
  paths: Record<string, PathItem>;
}

export const OPENAPI_FOLDER = fileURLToPath(new URL('../../../routes/api/', import.meta.url));
export const openapi = parse(readFileSync(`${OPENAPI_FOLDER}openapi.yaml`, 'utf8')) as OpenApi;

/** What a `$ref` names; members beside it are laid over it, as OpenAPI 3.1 has it for schemas. */
export function resolve<T extends { $ref?: string }>(node: T): T {
  if (node.$ref === undefined) return node;
  const { $ref, ...beside } = node;
  const target = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], openapi);
  return { ...resolve(target as T), ...beside };
}

/** A schema with what it refers to and all of its parts in one. */
export function flat(schema: Schema): Schema {
  const { allOf = [], ...own } = resolve(schema);
  return allOf.map(flat).reduceRight(
    (merged, part) => ({
      ...part,
      ...merged,
      required: [...(part.required ?? []), ...(merged.required ?? [])],
      properties: { ...part.properties, ...merged.properties },
    }),
    own,
  );
}

/** The faults of a value, each with the path it is at. */
export function faults(schema: Schema, value: unknown, path = 'body'): string[] {
  const { anyOf, oneOf, ...own } = flat(schema);
  const options = anyOf ?? oneOf;
  if (options !== undefined) {
    return options.some((option) => faults(option, value, path).length === 0) ? [] : [`${path} fits none of its forms`];
  }
  const wrong = scalarFault(own, value);
  if (wrong !== undefined) return [`${path} ${wrong}`];
  if (Array.isArray(value)) return value.flatMap((entry, index) => faults(own.items ?? {}, entry, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null || own.properties === undefined) return [];
  const { properties } = own;
  const missing = (own.required ?? []).filter((name) => !(name in value)).map((name) => `${path}.${name} is missing`);
  const inside = Object.entries(value).flatMap(([name, inner]) =>
    name in properties ? faults(properties[name]!, inner, `${path}.${name}`) : [`${path}.${name} is not described`],
  );
  return [...missing, ...inside];
}

const FORMATS: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
};

function scalarFault({ type, format, enum: allowed }: Schema, value: unknown): string | undefined {
  const types = type === undefined ? [] : [type].flat();
  if (types.length > 0 && !typesOf(value).some((name) => types.includes(name))) {
    return `is ${JSON.stringify(value)}, not ${types.join(' or ')}`;
  }
  if (allowed !== undefined && !allowed.includes(value)) return `is ${JSON.stringify(value)}, not one of its values`;
  const isFormed = typeof value !== 'string' || (FORMATS[format ?? '']?.test(value) ?? true);
  return isFormed ? undefined : `is ${value}, which is no ${format}`;
}

function typesOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}

/** The operation that serves a request, by its method and its path below `/api/v1`. */
export function operationOf(method: string, path: string): Operation | undefined {
  const matching = Object.keys(openapi.paths)
    .filter((template) => new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    // What is spelt out wins over a parameter.
    .sort((a, b) => a.split('{').length - b.split('{').length);
  return matching
    .map((template) => openapi.paths[template]![method.toLowerCase()])
    .find((found) => found !== undefined);
}

/** What is wrong with an answer by the description. */
export function answerFaults(method: string, path: string, status: number, body: unknown): string[] {
  const operation = operationOf(method, path);
  if (operation === undefined) return [];
  const described = operation.responses[String(status)] ?? (status >= 400 ? operation.responses.default : undefined);
  if (described === undefined) return [`${operation.operationId} does not describe the status ${status}`];
  const { content } = resolve(described);
  if (content === undefined) return body === undefined ? [] : [`${operation.operationId} describes no body`];
  return faults(Object.values(content)[0]!.schema, body).map((fault) => `${operation.operationId}: ${fault}`);
}

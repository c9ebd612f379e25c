/** The description and the router say the same, both ways. */
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { API_ROUTES } from '../../routes/api/routes.ts';
import type { ApiRoute } from '../../routes/api/route.ts';
import { startApi, type Api } from './support/api.ts';
import { flat, openapi, OPENAPI_FOLDER, resolve, type Operation, type Schema } from './support/describedAnswer.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

const described = Object.entries(openapi.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method] !== undefined).map((method) => ({ path, method, operation: item[method]! })),
);

const keyOf = ({ method, path }: { method: string; path: string }): string => `${method.toUpperCase()} ${path}`;
const operationOf = (route: ApiRoute): Operation => openapi.paths[route.path]![route.method]!;

function parametersOf({ path, method }: ApiRoute, place: 'path' | 'query') {
  const item = openapi.paths[path]!;
  return [...(item.parameters ?? []), ...(item[method]!.parameters ?? [])]
    .map(resolve)
    .filter((parameter) => parameter.in === place);
}

/** As the console: who changes signing keys needs the privilege "security". */
const scopeFor = ({ method, path }: ApiRoute): string =>
  method === 'get' ? 'read' : path.startsWith('/signing-keys') ? 'security' : 'write';

const bodyOf = (route: ApiRoute): Schema | undefined =>
  operationOf(route).requestBody?.content['application/json'].schema;

describe('openapi.yaml', () => {
  it('describes every route, and no other', () => {
    expect(described.map(keyOf)).to.have.members(API_ROUTES.map(keyOf));
    expect(new Set(described.map(({ operation }) => operation.operationId))).to.have.lengthOf(API_ROUTES.length);
  });

  it('is what openapi.json holds', () => {
    const text = `${JSON.stringify(openapi)}\n`;
    const file = `${OPENAPI_FOLDER}openapi.json`;
    if (process.env.UPDATE_OPENAPI !== undefined) writeFileSync(file, text);
    expect(readFileSync(file, 'utf8') === text, 'UPDATE_OPENAPI=1 writes it anew').to.equal(true);
  });

  for (const route of API_ROUTES) {
    describe(keyOf(route), () => {
      it('says the same of purpose and scope', () => {
        const { summary, security } = operationOf(route);
        expect(summary).to.equal(route.summary);
        expect(security).to.deep.equal([{ token: [route.scope] }]);
        expect(route.scope).to.equal(scopeFor(route));
      });

      it('has the same parameters', () => {
        for (const [place, schema] of [
          ['path', route.params],
          ['query', route.query],
        ] as const) {
          const names = parametersOf(route, place).map(({ name }) => name);
          expect(names, place).to.have.members(Object.keys((schema as z.ZodObject).shape));
        }
      });

      it('takes each value that it lists for a parameter, and its defaults', () => {
        for (const { name, schema } of parametersOf(route, 'query')) {
          const { enum: values = [], default: byDefault } = flat(schema);
          for (const value of [...values, ...(byDefault === undefined ? [] : [byDefault])]) {
            expect(route.query.safeParse({ [name]: String(value) }).success, `${name}=${String(value)}`).to.equal(true);
          }
          if (values.length > 0) expect(route.query.safeParse({ [name]: 'nonsense' }).success, name).to.equal(false);
          if (byDefault !== undefined) {
            const whenGiven = (route.query.parse({ [name]: String(byDefault) }) as Record<string, unknown>)[name];
            expect((route.query.parse({}) as Record<string, unknown>)[name], name).to.equal(whenGiven);
          }
        }
      });

      it('has the same fields in its body', () => {
        const schema = bodyOf(route);
        const read = route.body.meta()?.fieldsOf ?? route.body;
        expect(schema === undefined ? [] : fieldsDescribed(schema)).to.have.members(fieldsRead(read as z.ZodType));
      });

      it('has an example that is taken', () => {
        const body = operationOf(route).requestBody?.content['application/json'];
        if (body === undefined) return;
        expect(body.example, 'an example').to.be.an('object');
        expect(route.body.safeParse(body.example)).to.have.property('success', true);
        const store = route.body.meta()?.fieldsOf as z.ZodType | undefined;
        if (store !== undefined && route.method !== 'patch') {
          expect(store.safeParse(body.example)).to.have.property('success', true);
        }
      });
    });
  }

  describe('on a running server', () => {
    let api: Api;
    before(async () => (api = await startApi()));
    after(() => api.stop());

    it('is served to everybody, as YAML and as JSON', async () => {
      const yaml = await fetch(`${api.http}/api/v1/openapi.yaml`);
      expect(yaml.headers.get('content-type')).to.match(/^application\/yaml/);
      expect(await yaml.text()).to.equal(readFileSync(`${OPENAPI_FOLDER}openapi.yaml`, 'utf8'));
      const json = await fetch(`${api.http}/api/v1/openapi.json`);
      expect(await json.json()).to.deep.equal(openapi);
    });
  });
});

/** Every field at every depth, with dots; `[]` for the entries of a list. */
function fieldsDescribed(schema: Schema, path = ''): string[] {
  const { properties, items } = flat(schema);
  if (items !== undefined) return fieldsDescribed(items, `${path}[]`);
  return Object.entries(properties ?? {}).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...fieldsDescribed(inner, at)];
  });
}

function fieldsRead(schema: z.ZodType, path = ''): string[] {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return fieldsRead(inner.element as z.ZodType, `${path}[]`);
  if (inner instanceof z.ZodUnion) {
    return [...new Set(inner.options.flatMap((option) => fieldsRead(option as z.ZodType, path)))];
  }
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([name, field]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return [at, ...fieldsRead(field, at)];
  });
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) {
    return unwrapped((schema.in instanceof z.ZodTransform ? schema.out : schema.in) as z.ZodType);
  }
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? schema : unwrapped(innerType);
}

/** What holds for every row of the table of routes, tried on every row. */
import { expect } from 'chai';
import { newGuid } from '../../wire/guid.ts';
import { DATA_CLASS } from '../../wire/wellKnown.ts';
import { API_ROUTES } from '../../routes/api/routes.ts';
import type { ApiRoute } from '../../routes/api/route.ts';
import { startApi, type Api } from './support/api.ts';
import { openapi } from './support/describedAnswer.ts';

const STRANGE = [
  "' OR '1'='1",
  "'; DROP TABLE Computer; --",
  "') UNION SELECT PasswordHash FROM ConsoleUser --",
  '%_%',
  '[a-z]%',
  '\\',
  '"; DELETE FROM Item; --',
  '😀'.repeat(50),
];

describe('every route of the API', () => {
  let api: Api;
  let securityToken: string;
  /** A GUID or id that is there, by the first part of the path. */
  const known: Record<string, string> = {};

  before(async () => {
    api = await startApi({ seeded: true });
    securityToken = await api.tokenOf('security');
    await api.post('/registration-rules', { name: 'Known', action: 'block', nameMasks: ['X-*'] });
    const { items: computers } = (await api.get('/computers?limit=1')).body as { items: { guid: string }[] };
    await api.post('/package-servers', { computer: computers[0]!.guid });
    for (const name of [
      'computers',
      'registrations',
      'registration-rules',
      'packages',
      'policies',
      'targets',
      'sites',
      'package-servers',
      'subnets',
      'api-tokens',
      'audit',
    ]) {
      const { items } = (await api.get(`/${name}?limit=1`)).body as { items: { guid?: string; id?: number }[] };
      known[name] = items[0]!.guid ?? String(items[0]!.id);
    }
    known.policies = (await api.get('/policies?kind=softwareDelivery&limit=1')).body.items[0].guid;
  });
  after(() => api.stop());

  const pathOf = (route: ApiRoute, guid: string): string =>
    route.path
      .replace('{guid}', guid)
      .replace('{program}', newGuid())
      .replace('{package}', newGuid())
      .replace('{dataClass}', DATA_CLASS.identification)
      .replace('{id}', '987654321')
      .replace('{name}', 'signing:1')
      .replace('{address}', '10.1.2.3');
  const knownPath = (route: ApiRoute): string => pathOf(route, known[route.path.split('/')[1]!] ?? newGuid());
  const exampleOf = (route: ApiRoute): unknown =>
    openapi.paths[route.path]![route.method]!.requestBody?.content['application/json'].example;
  const call = (route: ApiRoute, path: string, options: { body?: unknown; token?: string } = {}) =>
    api.call(route.method.toUpperCase(), path, {
      ...(route.scope === 'security' ? { token: securityToken } : {}),
      ...options,
    });

  for (const route of API_ROUTES) {
    const name = `${route.method.toUpperCase()} ${route.path}`;

    it(`${name} refuses a token without the scope "${route.scope}", and nothing changes`, async () => {
      const before = await api.state();
      const token = route.scope === 'write' ? api.readToken : api.writeToken;
      const body = exampleOf(route);
      const { status, headers } = await call(route, knownPath(route), { body, token });
      expect(status).to.equal(403);
      expect(headers.get('www-authenticate')).to.contain(`scope="${route.scope}"`);
      expect(await api.state()).to.equal(before);
    });

    it(`${name} refuses a query parameter that it does not know`, async () => {
      const before = await api.state();
      const { status, body } = await call(route, `${knownPath(route)}?nonsense=1`, { body: exampleOf(route) });
      expect(status).to.equal(400);
      expect(body.errors).to.deep.equal([{ field: 'nonsense', message: 'There is no such field here.' }]);
      expect(await api.state()).to.equal(before);
    });

    if (route.method !== 'get') {
      it(`${name} refuses a field that it does not know`, async () => {
        const before = await api.state();
        const example = (exampleOf(route) ?? {}) as object;
        const { status, body } = await call(route, knownPath(route), { body: { ...example, nonsense: true } });
        expect(status).to.equal(400);
        expect(body.errors).to.deep.equal([{ field: 'nonsense', message: 'There is no such field here.' }]);
        expect(await api.state()).to.equal(before);
      });
    }

    if (/\{(guid|id)\}/.test(route.path)) {
      it(`${name} answers 404 for what is not there, and 400 for what is no GUID or id`, async () => {
        const before = await api.state();
        const body = exampleOf(route);
        const absent = await call(route, pathOf(route, newGuid()), { body });
        expect(absent.status).to.equal(404);
        const parameter = route.path.includes('{id}') ? 'id' : 'guid';
        const malformed = await call(route, route.path.replace(/\{\w+\}/g, 'x'), { body });
        expect(malformed.status).to.equal(400);
        expect(malformed.body.errors[0].field).to.equal(parameter);
        expect(await api.state()).to.equal(before);
      });
    }

    if (
      route.method === 'get' &&
      openapi.paths[route.path]!.get!.parameters?.some(({ name: own }) => own === 'search')
    ) {
      it(`${name} finds nothing by a search that tries to be SQL, and breaks nothing`, async () => {
        const before = await api.state();
        for (const text of STRANGE) {
          const { status, body } = await call(route, `${knownPath(route)}?search=${encodeURIComponent(text)}`);
          expect([status, body.total], text).to.deep.equal([200, 0]);
        }
        expect(await api.state()).to.equal(before);
      });
    }

    if (
      route.method === 'get' &&
      openapi.paths[route.path]!.get!.parameters?.some(({ $ref }) => $ref?.endsWith('/limit'))
    ) {
      it(`${name} answers pages of at most 500`, async () => {
        const path = knownPath(route);
        const { body } = await call(route, `${path}?limit=1&offset=0`);
        expect(body).to.include({ limit: 1, offset: 0 });
        expect(body.items).to.have.lengthOf(Math.min(1, body.total));
        const beyond = await call(route, `${path}?offset=1000000`);
        expect(beyond.body).to.deep.include({ items: [], total: body.total, offset: 1_000_000, limit: 50 });
        for (const [field, value] of [
          ['limit', '501'],
          ['limit', '0'],
          ['limit', '1e2'],
          ['offset', '-1'],
          ['offset', ''],
        ] as const) {
          const refused = await call(route, `${path}?${field}=${value}`);
          expect(refused.status, `${field}=${value}`).to.equal(400);
          expect(refused.body.errors[0].field).to.equal(field);
        }
        const twice = await call(route, `${path}?limit=1&limit=2`);
        expect(twice.status).to.equal(400);
      });
    }
  }
});

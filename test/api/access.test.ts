/** Who may call what: route × role × controller × class, completely, from the one table that the routes are made of (I11). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../api/access/authentication.ts';
import { type RouteAccess, type RouteName, routeAccess } from '../../api/access/route-access.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
beforeAll(async () => {
  api = await createApi({ label: 'api-access' });
});
afterAll(() => api.close());

const routes: readonly { readonly name: string; readonly access: RouteAccess }[] = Object.entries(routeAccess).map(
  ([name, access]) => ({ name, access }),
);
const guardedRoutes = routes.filter(({ access }) => access.allow !== 'anyone');
const openRoutes = routes.filter(({ access }) => access.allow === 'anyone');

const someId = '01a20057-8606-7146-aafb-3aae66295999';
const pathOf = ({ path }: RouteAccess, controller = 'inps', recordClass = 'chat'): string =>
  path
    .replace('{controller}', controller)
    .replace('{recordClass}', recordClass)
    .replace('{sourceId}', 'access-1')
    .replace('{name}', 'a.wav')
    .replace('{file}', 'start.js')
    .replaceAll(/\{[a-zA-Z]+\}/g, someId);

const code = async (
  access: RouteAccess,
  token: string | undefined,
  path = pathOf(access),
): Promise<readonly [number, unknown]> => {
  const { status, body } = await api.call(access.method.toUpperCase(), path, token === undefined ? {} : { token });
  return [status, body.code];
};

const refusedAtTheDoor = [
  'token-missing',
  'token-invalid',
  'token-expired',
  'role-not-allowed',
  'controller-not-yours',
  'class-not-yours',
];

test('I11: every route of the app is in the table, and every line of the table is a route', () => {
  const template = (path: string): string => path.replaceAll(/\{([a-zA-Z]+)\}/g, ':$1');
  const inTable = routes.map(({ access }) => `${access.method.toUpperCase()} ${template(access.path)}`);
  const inApp = api.app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
  expect([...new Set(inApp)].sort()).toEqual([...new Set(inTable)].sort());
});

describe('route × role', () => {
  const table = guardedRoutes.flatMap(({ name, access }) => roles.map((role) => ({ name, access, role })));
  test.each(table)('I11: $name as $role', async ({ access, role }) => {
    const token = await api.token({ role });
    const [status, problem] = await code(access, token);
    if (access.allow !== 'anyone' && access.allow.includes(role)) expect(refusedAtTheDoor).not.toContain(problem);
    else expect([status, problem]).toEqual([403, 'role-not-allowed']);
  });
});

describe('route × controller', () => {
  const table = guardedRoutes
    .filter(({ access }) => access.controller === 'in-path')
    .flatMap(({ name, access }) =>
      access.allow === 'anyone' ? [] : access.allow.map((role) => ({ name, access, role })),
    );
  test.each(table)('I11: $name as $role of another controller, or of none', async ({ access, role }) => {
    for (const controllers of [['comune-di-milano'], []]) {
      const token = await api.token({ role, controllers });
      expect(await code(access, token, pathOf(access, 'inps'))).toEqual([403, 'controller-not-yours']);
    }
    const token = await api.token({ role, controllers: ['comune-di-milano'] });
    const [, problem] = await code(access, token, pathOf(access, 'comune-di-milano', 'booking'));
    expect(refusedAtTheDoor).not.toContain(problem);
  });

  test('I11: the controllers of a token are names, not patterns', async () => {
    for (const controllers of [['*'], ['inp'], ['INPS'], ['inps-2']]) {
      const token = await api.token({ role: 'dpo', controllers });
      const [status] = await code(routeAccess.readPolicy, token);
      expect([401, 403]).toContain(status);
    }
  });
});

describe('source × class', () => {
  const table = guardedRoutes.filter(
    ({ access }) =>
      access.path.includes('{recordClass}') && access.allow !== 'anyone' && access.allow.includes('source'),
  );
  test.each(table)('I11: $name for its own classes only', async ({ access }) => {
    const own = await api.token({ role: 'source', classes: ['chat'] });
    const none = await api.token({ role: 'source', classes: [] });
    const all = await api.token({ role: 'source', classes: ['*'] });
    expect(await code(access, own, pathOf(access, 'inps', 'sms'))).toEqual([403, 'class-not-yours']);
    expect(await code(access, none, pathOf(access, 'inps', 'chat'))).toEqual([403, 'class-not-yours']);
    for (const token of [own, all]) {
      const [, problem] = await code(access, token, pathOf(access, 'inps', 'chat'));
      expect(refusedAtTheDoor).not.toContain(problem);
    }
  });
});

describe('without a good token', () => {
  test.each(guardedRoutes)('I11: $name is closed', async ({ access }) => {
    expect(await code(access, undefined)).toEqual([401, 'token-missing']);
    expect(await code(access, 'a.b.c')).toEqual([401, 'token-invalid']);
  });

  test.each(openRoutes)('$name is open, and tells nothing of a person', async ({ access }) => {
    const [status, problem] = await code(access, undefined);
    expect(refusedAtTheDoor).not.toContain(problem);
    // What takes a code in its body asks for that, and for nothing else.
    expect(access.method === 'get' ? [200, 404, 503] : [404, 415, 422]).toContain(status);
  });
});

test('I11: content is for those who work on cases: never for operator, auditor or source', () => {
  const contentRoutes: readonly RouteName[] = ['readContent', 'readObject'];
  for (const name of contentRoutes) {
    const { allow } = routeAccess[name];
    expect([...allow].sort()).toEqual(['dpo', 'legal', 'officer']);
  }
});

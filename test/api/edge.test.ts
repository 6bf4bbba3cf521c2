/** Around every route: ids, headers, times, logs, metrics, health, documentation, and problems for whatever else is asked. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemKinds } from '../../api/http/problems.ts';
import { createTemporalAccess } from '../../api/operations/temporal-access.ts';
import { instant } from '../../domain/time/instant.ts';
import { openDatabase } from '../../storage/database/database.ts';
import { openObjectStore } from '../../storage/objects/object-store.ts';
import { handedInAt, recordPath, submissionOf } from './submissions.ts';
import { type Api, createApi } from './support.ts';

let api: Api;
let source: string;
beforeAll(async () => {
  api = await createApi({ label: 'api-edge' });
  source = await api.token({ role: 'source' });
});
afterAll(() => api.close());

const chatPath = recordPath('inps', 'chat', 'edge-1');
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a request', () => {
  test('has an id: its own if that is a UUID, else a new one; header, problem and log agree', async () => {
    const mine = '4f1c9a2e-6f0b-4c57-9a53-0d4c1f1f9d11';
    api.logLines.splice(0);
    const answer = await api.call('GET', chatPath, { headers: { 'x-request-id': mine.toUpperCase() } });
    expect(answer.headers.get('x-request-id')).toBe(mine);
    expect(answer.body.instance).toBe(`urn:uuid:${mine}`);
    expect(api.logLines.map((line) => JSON.parse(line).requestId)).toEqual([mine]);
    for (const theirs of ['maria.rossi', 'x'.repeat(300), '1', `${mine}0`]) {
      const other = await api.call('GET', '/healthz', { headers: { 'x-request-id': theirs } });
      expect(other.headers.get('x-request-id')).toMatch(uuid);
      expect(other.headers.get('x-request-id')).not.toBe(theirs);
    }
  });

  test('is answered with headers that keep the answer to its reader', async () => {
    for (const path of ['/healthz', chatPath, '/nothing']) {
      const { headers } = await api.call('GET', path);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    }
  });

  test('I7: is logged and counted by its route’s template: no source id, query or body is in a log line or a metric', async () => {
    api.logLines.splice(0);
    const marker = 'ametista-4417';
    const { body } = submissionOf('chat');
    const path = recordPath('inps', 'chat', marker);
    await api.call('PUT', path, { token: source, json: { ...body, text: marker }, now: handedInAt });
    await api.call('PUT', path, { token: source, json: { ...body, text: `${marker} 2` }, now: handedInAt });
    await api.call('GET', `${path}/content?reason=${marker}`, { token: await api.token({ role: 'dpo' }) });
    await api.call('GET', `/${marker}?${marker}=${marker}`);
    await api.call('DELETE', path, { token: source });
    const metrics = await api.call('GET', '/metrics');
    expect(api.logLines).toHaveLength(6);
    expect(api.logLines.join('')).not.toContain(marker);
    expect(metrics.text).not.toContain(marker);
    expect(api.logLines.map((line) => JSON.parse(line).route)).toEqual([
      '/controllers/:controller/record-classes/:recordClass/records/:sourceId',
      '/controllers/:controller/record-classes/:recordClass/records/:sourceId',
      '/controllers/:controller/record-classes/:recordClass/records/:sourceId/content',
      'unmatched',
      'unmatched',
      '/metrics',
    ]);
    expect(metrics.text).toContain(
      'oblio_api_records_total{controller="inps",record_class="chat",outcome="registered"}',
    );
    expect(metrics.text).toMatch(
      /oblio_api_request_duration_seconds_count\{method="PUT",route="[^"]+:sourceId",status="409"\} 1/,
    );
  });

  test('I7: that meets an error of ours is answered without what the error quotes, and the log has its code only', async () => {
    const owner = api.world.database('owner');
    await sql`ALTER TABLE record ADD CONSTRAINT no_topaz CHECK (source_id <> 'topaz-1')`.execute(owner);
    try {
      api.logLines.splice(0);
      const { body } = submissionOf('chat');
      const answer = await api.call('PUT', recordPath('inps', 'chat', 'topaz-1'), {
        token: source,
        json: body,
        now: handedInAt,
      });
      expect(answer).toMatchObject({ status: 500, body: { code: 'unexpected' } });
      expect(answer.text + api.logLines.join('')).not.toContain('topaz-1');
      const logged = JSON.parse(api.logLines[0] ?? '{}');
      expect(logged).toMatchObject({ error: { code: '23514', constraint: 'no_topaz' } });
      expect(answer.body.instance).toBe(`urn:uuid:${logged.requestId}`);
    } finally {
      await sql`ALTER TABLE record DROP CONSTRAINT no_topaz`.execute(owner);
    }
  });
});

describe('the header Oblio-Now', () => {
  test('is refused where time travel is not allowed, on every route', async () => {
    const { call } = api.variant({ timeTravel: 'refused' });
    for (const path of [chatPath, '/healthz', '/sweeps']) {
      expect(await call('GET', path, { now: instant('2030-01-01T00:00:00Z') })).toMatchObject({
        status: 400,
        body: { code: 'time-travel-refused', errors: [{ field: 'Oblio-Now' }] },
      });
    }
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  test.each(['tomorrow', '2030-01-01', '2030-02-30T00:00:00Z', '2030-01-01T00:00:00', '2900-01-01T00:00:00Z'])(
    'is refused as "%s"',
    async (now) => {
      expect(await api.call('GET', '/healthz', { headers: { 'oblio-now': now } })).toMatchObject({
        status: 422,
        body: { code: 'invalid-parameters', errors: [{ field: 'Oblio-Now' }] },
      });
    },
  );
});

describe('what is not there', () => {
  test.each([
    '/',
    '/nothing',
    '/controllers',
    '/controllers/inps',
    '/certificates',
    '/docs/../package.json',
    '/docs/nothing.js',
    '/docs/__proto__',
    '//healthz',
  ])('%s is a 404 problem', async (path) => {
    const answer = await api.call('GET', path);
    expect(answer).toMatchObject({ status: 404, body: { type: 'urn:oblio:problem:route-unknown', status: 404 } });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test.each([
    ['DELETE', chatPath, 'GET, PUT'],
    ['POST', chatPath, 'GET, PUT'],
    ['PATCH', '/certificates/01a20057-8606-7146-aafb-3aae66295999', 'GET'],
    ['DELETE', '/sweeps', 'GET, POST'],
    ['OPTIONS', '/healthz', 'GET'],
    ['PUT', '/openapi.json', 'GET'],
  ])('%s %s is a 405 problem that names the methods there are', async (method, path, allow) => {
    const answer = await api.call(method, path, { token: source });
    expect(answer).toMatchObject({ status: 405, body: { code: 'method-not-allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
  });
});

describe('health', () => {
  const dead = '127.0.0.1:9';
  const deadTemporal = () =>
    createTemporalAccess({ address: dead, namespace: 'none', queuePrefix: 'oblio', uiUrl: 'http://127.0.0.1:8233' });

  test('is ready when Postgres, the store and Temporal answer', async () => {
    expect(await api.call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'ready', services: { database: 'up', objectStore: 'up', temporal: 'up' } },
    });
  });

  test('I1: without Temporal it is degraded, and takes records in all the same; a sweep on demand says why not', async () => {
    const temporal = deadTemporal();
    const { call } = api.variant({ temporal: temporal.access });
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 200,
      body: { status: 'degraded', services: { database: 'up', objectStore: 'up', temporal: 'down' } },
    });
    const { body } = submissionOf('chat');
    expect(
      await call('PUT', recordPath('inps', 'chat', 'edge-2'), { token: source, json: body, now: handedInAt }),
    ).toMatchObject({ status: 201 });
    const sweep = await call('POST', '/sweeps', { token: await api.token({ role: 'operator' }) });
    expect(sweep).toMatchObject({ status: 503, body: { code: 'temporal-unavailable' } });
    expect(sweep.headers.get('retry-after')).toBe('5');
    await temporal.close();
  });

  test('without Postgres it is alive and not ready, and every route says that the database is away', async () => {
    const database = openDatabase({ url: `postgres://nobody:nothing@${dead}/none`, applicationName: 'test' });
    const { call } = api.variant({ database });
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not-ready', services: { database: 'down' } },
    });
    const { body } = submissionOf('chat');
    const answer = await call('PUT', chatPath, { token: source, json: body, now: handedInAt });
    expect(answer).toMatchObject({ status: 503, body: { code: 'database-unavailable' } });
    const lines = await call('POST', '/controllers/inps/records', {
      token: source,
      headers: { 'content-type': 'application/x-ndjson' },
      body: [1, 2].map((id) => JSON.stringify({ recordClass: 'chat', sourceId: `away-${id}`, ...body })).join('\n'),
      now: handedInAt,
    });
    const results = lines.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(results.map(({ line, status, code }) => [line, status, code])).toEqual([
      [1, 503, 'database-unavailable'],
      [2, 503, 'database-unavailable'],
    ]);
    await database.destroy();
  });

  test('without the store it is not ready', async () => {
    const objectStore = openObjectStore({ ...api.world.storeSettings('api'), endpoint: `http://${dead}` });
    const { call } = api.variant({ objectStore });
    expect(await call('GET', '/readyz')).toMatchObject({
      status: 503,
      body: { status: 'not-ready', services: { objectStore: 'down', database: 'up' } },
    });
  });
});

describe('the documentation', () => {
  test('is a page made of files from here alone', async () => {
    const page = await api.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? '');
    expect(addresses.length).toBeGreaterThan(3);
    for (const address of addresses) {
      expect(address.startsWith('/docs/')).toBe(true);
      const file = await api.call('GET', address);
      expect(file.status).toBe(200);
      expect(file.headers.get('content-type')).not.toContain('problem');
    }
    const start = await api.call('GET', '/docs/start.js');
    expect(start.text).toContain("url: '/openapi.json'");
    expect(start.text).toContain('validatorUrl: null');
  });
});

describe('OpenAPI', () => {
  type Operation = {
    readonly operationId: string;
    readonly security?: readonly unknown[];
    readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean }[];
    readonly responses: Readonly<
      Record<string, { readonly description: string; readonly content?: Readonly<Record<string, unknown>> }>
    >;
  };
  type Document = {
    readonly openapi: string;
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
    readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: object };
    readonly tags: readonly { readonly name: string }[];
  };
  let document: Document;
  let operations: readonly (Operation & { readonly path: string; readonly method: string })[];
  beforeAll(async () => {
    document = JSON.parse((await api.call('GET', '/openapi.json')).text);
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
    );
  });

  test('is version 3.1, and every reference in it leads somewhere', () => {
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const name of new Set(references)) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  test('describes each route once, with its parameters', async () => {
    const { routeAccess } = await import('../../api/access/route-access.ts');
    const { documentationFile: _, ...described } = routeAccess;
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(described).sort());
    for (const { path, parameters = [] } of operations) {
      const inPath = [...path.matchAll(/\{([a-zA-Z]+)\}/g)].map(([, name]) => name);
      const listed = parameters.filter((parameter) => parameter.in === 'path');
      expect(listed.map(({ name }) => name).sort()).toEqual(inPath.sort());
      expect(listed.every(({ required }) => required === true)).toBe(true);
    }
  });

  test('says which routes need a token, and lists their problems as problem details', async () => {
    const { routeAccess } = await import('../../api/access/route-access.ts');
    for (const { operationId, security = [], responses } of operations) {
      const open = routeAccess[operationId as keyof typeof routeAccess].allow === 'anyone';
      expect(security.length === 0).toBe(open);
      if (!open)
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '422', '500', '503']));
      for (const [status, { description, content }] of Object.entries(responses)) {
        expect(description).not.toBe('');
        if (Number(status) < 400 || operationId === 'readiness') continue;
        expect(content).toHaveProperty(['application/problem+json']);
        const codes = [...description.matchAll(/`([a-z0-9_-]+)`/g)].map(([, code]) => code ?? '');
        expect(codes.length).toBeGreaterThan(0);
        for (const code of codes) expect(problemKinds).toHaveProperty([code, 'status'], Number(status));
      }
    }
  });

  test('lists every problem that is met in practice', async () => {
    const { body } = submissionOf('call-recording');
    const other = await api.token({ role: 'source', controllers: [], classes: [] });
    const calls: readonly (readonly [string, string, Parameters<Api['call']>[2]])[] = [
      ['registerRecord', recordPath('inps', 'chat', 'x'), {}],
      ['registerRecord', recordPath('inps', 'chat', 'x'), { token: other }],
      ['registerRecord', recordPath('inps', 'chat', 'x'), { token: source, json: {} }],
      [
        'registerRecord',
        recordPath('inps', 'chat', 'x'),
        { token: source, headers: { 'content-type': 'text/plain' }, body: 'x' },
      ],
      ['putObject', `${recordPath('inps', 'chat', 'x')}/objects/a`, { token: source }],
      ['readRecord', recordPath('inps', 'chat', 'x'), { token: source }],
      ['readRecord', recordPath('inps', 'letters', 'x'), { token: source }],
      ['registerRecords', '/controllers/inps/records', { token: source, json: body }],
      ['readUnit', '/units/x', { token: await api.token({ role: 'dpo' }) }],
    ];
    for (const [operationId, path, input] of calls) {
      const operation = operations.find((one) => one.operationId === operationId);
      const answer = await api.call((operation?.method ?? '').toUpperCase(), path, input);
      const described = operation?.responses[String(answer.status)]?.description;
      expect(described, `${operationId} ${answer.status}`).toContain(`\`${String(answer.body.code)}\``);
    }
  });

  test('names its tags, and describes how to get a token', () => {
    expect(document.tags.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Records', 'Objects', 'Certificates', 'Units', 'Sweeps']),
    );
    expect(JSON.stringify(document.components.securitySchemes)).toContain('npm --silent run token');
  });
});

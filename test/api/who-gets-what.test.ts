/**
 * I11, completely: every operation of the OpenAPI document × every role × {the own controller, another one}, on things that are there.
 * Another controller's id is answered like an id that never was, whichever way it is asked for; and nothing about it is written down.
 */
import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Role, roles } from '../../api/access/authentication.ts';
import { ownedByInps, type PathValues } from './owned-resources.ts';
import { type Api, type ApiResponse, createApi } from './support.ts';

const everybody = 'everybody';
const staff = 'dpo officer legal auditor';

/** Who may call what, written down a second time: what the app allows is compared with this, not with its own table. */
const mayCall: Readonly<Record<string, string>> = {
  registerRecord: 'source',
  registerRecords: 'source',
  putObject: 'source',
  readRecord: `source ${staff}`,
  readContent: 'dpo officer legal',
  readObject: 'dpo officer legal',
  readFate: `source ${staff} operator`,
  readPolicy: `source ${staff} operator`,
  previewRedating: 'dpo officer',
  askForRedating: 'dpo officer',
  listRedatings: `${staff} operator`,
  decideRedating: 'dpo officer',
  askOptOut: 'source',
  askOptOuts: 'source',
  endOptOut: 'dpo',
  listCertificates: `${staff} operator`,
  readCertificate: `${staff} operator`,
  readUnit: `${staff} operator`,
  listSweeps: 'dpo auditor operator',
  readSweep: 'dpo auditor operator',
  startSweep: 'operator',
  receiveRequest: 'dpo',
  listRequests: staff,
  readRequest: staff,
  commandRequest: 'dpo officer legal',
  readRequestLetter: 'dpo officer legal',
  readRequestManifest: 'dpo officer',
  listManifestRecords: 'dpo officer',
  nameRequestRecord: 'dpo',
  listNamedRecords: 'dpo officer',
  readLetterFile: 'dpo officer',
  listLetterFiles: 'dpo officer',
  previewLetter: 'dpo officer',
  addSignedLetter: 'dpo officer',
  addReceipt: 'dpo',
  listLinks: 'dpo officer',
  makeLink: 'dpo officer',
  makeLinkCode: 'dpo officer',
  reissueLink: 'dpo officer',
  revokeLink: 'dpo officer',
  showLink: everybody,
  openLink: everybody,
  addAttachment: 'dpo officer legal',
  readAttachment: 'dpo officer legal',
  listAttachments: 'dpo officer legal',
  listRecipients: staff,
  readRecipientRecords: 'dpo officer',
  recordRecipientOutcome: 'dpo officer',
  listOpenNotifications: staff,
  acknowledgementPage: everybody,
  acknowledge: everybody,
  webhookKeys: everybody,
  previewHold: 'legal',
  placeHold: 'legal',
  listHolds: 'legal dpo auditor',
  countHolds: 'legal dpo auditor operator',
  readHold: 'legal dpo auditor',
  reportCustody: 'legal dpo auditor',
  previewHoldScope: 'legal',
  changeHoldScope: 'legal',
  reviewHold: 'legal',
  askForHoldRelease: 'legal',
  decideHoldRelease: 'legal',
  makeHoldNotice: 'legal',
  listHoldNotices: 'legal',
  readHoldNotice: 'legal',
  recordHoldNoticeDelivery: 'legal',
  health: everybody,
  readiness: everybody,
  metrics: everybody,
  openapi: everybody,
  documentation: everybody,
};

/** All others name one thing of one controller, and never answer 404 where it is there. Sweeps span all controllers, a fate is told of every id. */
const notOfOneThing =
  /^(readPolicy|readSweep|readFate|endOptOut|list|count|place|preview(Hold|Redating)$|receive|register|ask(For)?(OptOut|Redating)|start)/;

/** Bodies without which a request is refused before anybody looks for what it is about. */
const bodyOf = (operation: string): unknown => {
  switch (operation) {
    case 'decideRedating':
      return { decision: 'decline', reason: 'decision 2/2026' };
    case 'decideHoldRelease':
      return { decision: 'decline', reason: 'still needed' };
    default:
      return {};
  }
};

/** What a file announces of itself, without which nobody looks where it should go; the one sent here says `{}`. */
const takesFile = new Set(['putObject', 'addAttachment']);
const fileHeaders = {
  'content-type': 'application/pdf',
  'content-length': '2',
  'content-digest': `sha-256=:${createHash('sha256').update('{}').digest('base64')}:`,
};

type Operation = { readonly name: string; readonly method: string; readonly path: string };

let api: Api;
let operations: readonly Operation[];
let owned: Awaited<ReturnType<typeof ownedByInps>>;
beforeAll(async () => {
  api = await createApi({ label: 'who-gets-what' });
  owned = await ownedByInps(api);
  const { body } = await api.call('GET', '/openapi.json');
  const paths = body.paths as Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId: name }]) => ({ name, method: method.toUpperCase(), path })),
  );
});
afterAll(() => api.close());

const may = (name: string, role: Role): boolean =>
  mayCall[name] === everybody || (mayCall[name] ?? '').split(' ').includes(role);

const valuesFor = (controller: 'inps' | 'comune-di-milano', { name }: Operation, ids: PathValues): PathValues => ({
  ...ids,
  controller,
  recordClass: controller === 'inps' ? 'call-recording' : 'booking',
  sourceId: owned.sourceId,
  name: owned.objectName,
  optOut: 'newsletter',
  command: 'add-note',
  file: 'start.js',
  token: 'x'.repeat(43),
  id: (name === 'readUnit' ? ids.unit : name === 'readCertificate' ? ids.certificate : undefined) ?? randomUUID(),
});

/** Ids that nothing has, one for each that something has. */
const unknown = (): PathValues => Object.fromEntries(Object.keys(owned.ids).map((name) => [name, randomUUID()]));

const ask = async (
  operation: Operation,
  values: PathValues,
  by: { readonly role: Role; readonly controllers: readonly string[] },
): Promise<ApiResponse> => {
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`Nothing is known of {${name}}`);
    return encodeURIComponent(value);
  });
  const [actor] = by.controllers;
  return api.call(operation.method, path, {
    token: await api.token({ ...by, actor: `caller-${actor}`, authorisedFor: ['call-recording'] }),
    headers: {
      'idempotency-key': randomUUID(),
      'attachment-name': 'a.pdf',
      ...(takesFile.has(operation.name) ? fileHeaders : {}),
      'oblio-purpose-reason': 'R.G. 1/2026',
    },
    ...(operation.method === 'GET' ? {} : { json: bodyOf(operation.name) }),
  });
};

const atTheDoor = [
  'token-missing',
  'token-invalid',
  'token-expired',
  'role-not-allowed',
  'controller-not-yours',
  'class-not-yours',
];

/** What was answered, without the id that each request has. */
const told = ({ status, body }: ApiResponse) => {
  const { instance: _id, ...rest } = body;
  return { status, ...rest };
};

test('the document and the list above name the same operations', () => {
  expect(operations.map(({ name }) => name).sort()).toEqual(Object.keys(mayCall).sort());
});

describe.each(roles)('%s', (role) => {
  const mine = { role, controllers: ['inps'] };
  const stranger = { role, controllers: ['comune-di-milano'] };

  // First the strangers: whoever is let in afterwards changes things.
  test('of another controller is refused where the path names the controller', async () => {
    for (const operation of operations.filter(({ path }) => path.includes('{controller}'))) {
      const { status, body } = await ask(operation, valuesFor('inps', operation, owned.ids), stranger);
      const code = may(operation.name, role) ? 'controller-not-yours' : 'role-not-allowed';
      expect([status, body.code], operation.name).toEqual([403, code]);
    }
  });

  test("of another controller finds nothing under this one's ids: they are answered like ids that never were", async () => {
    for (const operation of operations.filter(({ name, path }) => path.includes('{') && mayCall[name] !== everybody)) {
      const given = told(await ask(operation, valuesFor('comune-di-milano', operation, owned.ids), stranger));
      const nothing = told(await ask(operation, valuesFor('comune-di-milano', operation, unknown()), stranger));
      expect(given, operation.name).toEqual(nothing);
      if (!may(operation.name, role))
        expect(given, operation.name).toMatchObject({ status: 403, code: 'role-not-allowed' });
      else if (!notOfOneThing.test(operation.name))
        expect(given.status, `${operation.name} ${JSON.stringify(given).slice(0, 500)}`).toBe(404);
    }
  });

  test('of another controller left no trace on what it was not shown', async () => {
    const { rows } = await sql<{ action: string }>`
      SELECT action FROM audit_entry WHERE actor = 'caller-comune-di-milano' AND (controller = 'inps'
        OR target_id = ANY(${Object.values(owned.ids)}::text[]))`.execute(api.world.superuser());
    expect(rows).toEqual([]);
  });

  test('of the controller itself gets past the door exactly where the list says so, and finds what it names', async () => {
    for (const operation of operations) {
      const { status, body, text } = await ask(operation, valuesFor('inps', operation, owned.ids), mine);
      if (!may(operation.name, role)) {
        expect([status, body.code], operation.name).toEqual([403, 'role-not-allowed']);
        continue;
      }
      expect(atTheDoor, `${operation.name} ${text}`).not.toContain(body.code);
      const finds = operation.path.includes('{') && mayCall[operation.name] !== everybody;
      if (finds && !notOfOneThing.test(operation.name)) expect(status, `${operation.name} ${text}`).not.toBe(404);
    }
  });
});

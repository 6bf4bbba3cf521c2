/**
 * I11: a record under restriction (Art. 18) is stored and not used. Walks every route of the OpenAPI document with every role, while
 * the record is restricted and after it. A new route fails the first test until it is decided here what it tells of a record.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../api/access/authentication.ts';
import { release } from '../support/suspensions.ts';
import {
  call,
  hex,
  objectHeaders,
  person,
  type Restricted,
  recording,
  restrictedRecords,
  secrets,
  submission,
} from './restricted-records.ts';
import { handedInAt } from './submissions.ts';
import type { Api, ApiResponse, CallInput } from './support.ts';

/** What an answer of a route tells of a record. */
type Tells =
  /** Content or objects, for who is admitted. */
  | 'content'
  /** Ids, dates, class, state, counts, digests that prove something: a mark is seen, or nobody could heed it. */
  | 'metadata'
  /** Ids and dates of what the caller hands in, and nothing of what is stored. */
  | 'receipt'
  /** The case file of a rights request: no record, and the way in which the person is answered. */
  | 'case-file'
  | 'nothing';

const decided: Readonly<Record<string, Tells>> = {
  registerRecord: 'receipt',
  registerRecords: 'receipt',
  putObject: 'receipt',
  readRecord: 'metadata',
  readContent: 'content',
  readObject: 'content',
  readFate: 'metadata',
  readPolicy: 'nothing',
  previewRedating: 'metadata',
  askForRedating: 'metadata',
  listRedatings: 'metadata',
  decideRedating: 'metadata',
  listCertificates: 'metadata',
  readCertificate: 'metadata',
  readUnit: 'metadata',
  listSweeps: 'metadata',
  readSweep: 'metadata',
  startSweep: 'nothing',
  receiveRequest: 'case-file',
  listRequests: 'case-file',
  readRequest: 'case-file',
  commandRequest: 'case-file',
  readRequestLetter: 'case-file',
  addAttachment: 'case-file',
  listAttachments: 'case-file',
  readAttachment: 'case-file',
  // Letters, and the links under which a person opens letter and package: the answer to their own request (Art. 15, 20).
  addReceipt: 'case-file',
  addSignedLetter: 'case-file',
  listLetterFiles: 'case-file',
  readLetterFile: 'case-file',
  previewLetter: 'case-file',
  listLinks: 'case-file',
  makeLink: 'case-file',
  makeLinkCode: 'case-file',
  reissueLink: 'case-file',
  revokeLink: 'case-file',
  showLink: 'case-file',
  openLink: 'case-file',
  previewHold: 'metadata',
  placeHold: 'metadata',
  listHolds: 'metadata',
  countHolds: 'metadata',
  readHold: 'metadata',
  reportCustody: 'metadata',
  previewHoldScope: 'metadata',
  changeHoldScope: 'metadata',
  reviewHold: 'metadata',
  askForHoldRelease: 'metadata',
  decideHoldRelease: 'metadata',
  // Classes, counts and periods of what a hold covers.
  makeHoldNotice: 'metadata',
  listHoldNotices: 'metadata',
  readHoldNotice: 'metadata',
  recordHoldNoticeDelivery: 'nothing',
  health: 'nothing',
  readiness: 'nothing',
  metrics: 'nothing',
  openapi: 'nothing',
  documentation: 'nothing',
  acknowledge: 'nothing',
  acknowledgementPage: 'nothing',
  webhookKeys: 'nothing',
  askOptOut: 'nothing',
  askOptOuts: 'nothing',
  endOptOut: 'nothing',
  // The manifest: ids, dates and digests of what a search found, never content.
  readRequestManifest: 'metadata',
  listManifestRecords: 'metadata',
  nameRequestRecord: 'metadata',
  listNamedRecords: 'metadata',
  // Art. 19: ids and source ids of what recipients are told of.
  listRecipients: 'metadata',
  listOpenNotifications: 'metadata',
  readRecipientRecords: 'metadata',
  recordRecipientOutcome: 'metadata',
};

let restricted: Restricted;
let api: Api;
beforeAll(async () => {
  restricted = await restrictedRecords('api-restriction');
  ({ api } = restricted);
});
afterAll(() => api.close());

const asked = { 'idempotency-key': 'restriction-1' };
/** What a call of each route brings; the others bring an empty JSON object, which is enough to be answered. */
const inputs: Readonly<Record<string, () => CallInput>> = {
  registerRecord: () => ({ json: submission }),
  registerRecords: () => ({
    headers: { 'content-type': 'application/x-ndjson' },
    body: JSON.stringify({ recordClass: 'chat', sourceId: 'restricted-1', ...submission }),
  }),
  putObject: () => ({ headers: objectHeaders, body: recording }),
  previewHold: () => ({ json: { scope: [{ subject: person }] } }),
  previewHoldScope: () => ({ json: { scope: [{ subject: person }] } }),
};

type Operation = { readonly id: string; readonly method: string; readonly path: string };

const operations = async (): Promise<readonly Operation[]> => {
  const { body } = await api.call('GET', '/openapi.json');
  const paths = Object.entries(body.paths as Record<string, Record<string, { operationId?: string }>>);
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId = `${method} ${path}` }]) => ({
      id: operationId,
      method,
      path,
    })),
  );
};

/** The addresses under which a route could speak of the restricted records. */
const addresses = (path: string): readonly string[] =>
  ['chat restricted-1', 'call-recording restricted-2'].map((which) => {
    const [recordClass = '', sourceId = ''] = which.split(' ');
    return path
      .replace('{controller}', 'inps')
      .replace('{recordClass}', recordClass)
      .replace('{sourceId}', sourceId)
      .replace('{name}', 'a.wav')
      .replace('{file}', 'start.js')
      .replace('{caseId}', restricted.caseId)
      .replace('{holdId}', restricted.holdId)
      .replace('/units/{id}', `/units/${restricted.unit}`)
      .replace('{command}', 'add-note')
      .replaceAll(/\{[a-zA-Z]+\}/g, randomUUID());
  });

test('I11: for every route of the OpenAPI document it is decided what it tells of a record', async () => {
  expect((await operations()).map(({ id }) => id).sort()).toEqual(Object.keys(decided).sort());
});

/** Calls a route in every way that could tell something; answers what was said of the records. */
const walk = async (
  { id, method, path }: Operation,
  headers: Readonly<Record<string, string>> = {},
): Promise<ApiResponse[]> => {
  const answers: ApiResponse[] = [];
  for (const role of roles) {
    const token = await api.token({ role, actor: `walk-${role}`, authorisedFor: ['call-recording'] });
    for (const address of new Set(addresses(path))) {
      for (const query of method === 'get' ? ['', '?reason=prot.1', '?format=csv'] : ['']) {
        const given = inputs[id]?.() ?? (method === 'get' ? {} : { json: {} });
        answers.push(
          await api.call(method.toUpperCase(), `${address}${query}`, {
            ...given,
            token,
            headers: { ...asked, ...given.headers, ...headers },
            now: handedInAt,
          }),
        );
      }
    }
  }
  return answers;
};

describe('while a record is restricted', () => {
  test('I11: no route returns its content to any role', async () => {
    for (const operation of await operations()) {
      for (const { text } of await walk(operation)) {
        for (const secret of secrets) expect(text.includes(secret), operation.id).toBe(false);
      }
    }
  }, 600_000);
});

describe('after the restriction has been lifted', () => {
  test('I11: the same walk finds the content where it belongs, and nowhere else', async () => {
    await release(api.world, restricted.restriction, handedInAt);
    for (const operation of await operations()) {
      const told = (await walk(operation)).some(({ text }) => secrets.some((secret) => text.includes(secret)));
      expect(told, operation.id).toBe(decided[operation.id] === 'content');
    }
    const { body } = await api.call('GET', call, { token: await api.token({ role: 'dpo' }) });
    expect(body).toMatchObject({
      restricted: false,
      objects: [{ name: 'a.wav', size: recording.length, sha256: hex }],
    });
  }, 600_000);
});

/**
 * Who may call what: one table, one line a route. Routes are made from it (`guarded`), so that none can exist without a line,
 * and a test walks route × role × controller × class completely.
 */
import type { MiddlewareHandler } from 'hono';
import type { Caller, Role } from './authentication.ts';
import type { ApiDeps, ApiEnv } from './context.ts';
import { refusal } from './problems.ts';

/** How the controller of a call is found. */
export type ControllerSource =
  /** `{controller}` in the path. */
  | 'in-path'
  /** The resource belongs to one; the handler compares it (`mayReach`) and answers 404 to strangers, who learn nothing. */
  | 'of-resource'
  /** The resource spans all controllers and tells counts and ids only. */
  | 'every';

export type RouteAccess = {
  readonly method: 'get' | 'put' | 'post';
  readonly path: string;
  readonly allow: readonly Role[] | 'anyone';
  readonly controller: ControllerSource | 'none';
};

const record = '/controllers/{controller}/record-classes/{recordClass}/records/{sourceId}';
const request = '/controllers/{controller}/requests/{caseId}';
const hold = '/controllers/{controller}/holds/{holdId}';
const staff = ['dpo', 'officer', 'legal', 'auditor'] as const;

/** The whole table. A `source` is besides bound to its classes, in the path and in each line of the bulk route. */
export const routeAccess = {
  registerRecord: { method: 'put', path: record, allow: ['source'], controller: 'in-path' },
  registerRecords: {
    method: 'post',
    path: '/controllers/{controller}/records',
    allow: ['source'],
    controller: 'in-path',
  },
  putObject: { method: 'put', path: `${record}/objects/{name}`, allow: ['source'], controller: 'in-path' },
  readRecord: { method: 'get', path: record, allow: ['source', ...staff], controller: 'in-path' },
  // Content is for those who work on cases and disputes: never the operator, nor the auditor, who reads that it was opened.
  readContent: { method: 'get', path: `${record}/content`, allow: ['dpo', 'officer', 'legal'], controller: 'in-path' },
  readObject: {
    method: 'get',
    path: `${record}/objects/{name}`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  readFate: { method: 'get', path: `${record}/fate`, allow: ['source', ...staff, 'operator'], controller: 'in-path' },
  readPolicy: {
    method: 'get',
    path: '/controllers/{controller}/policy',
    allow: ['source', ...staff, 'operator'],
    controller: 'in-path',
  },
  // Applying a changed policy to what exists: the controller's own decision, seen before by who takes it.
  previewRedating: {
    method: 'get',
    path: '/controllers/{controller}/policy/redating-preview',
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  askForRedating: {
    method: 'post',
    path: '/controllers/{controller}/policy/redatings',
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  listRedatings: {
    method: 'get',
    path: '/controllers/{controller}/policy/redatings',
    allow: [...staff, 'operator'],
    controller: 'in-path',
  },
  decideRedating: {
    method: 'post',
    path: '/controllers/{controller}/policy/redatings/{redatingId}/decision',
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  // Systems that send ask before they do; whom it is about comes in the body.
  askOptOut: {
    method: 'post',
    path: '/controllers/{controller}/opt-outs/{optOut}/question',
    allow: ['source'],
    controller: 'in-path',
  },
  askOptOuts: {
    method: 'post',
    path: '/controllers/{controller}/opt-outs/{optOut}/questions',
    allow: ['source'],
    controller: 'in-path',
  },
  listCertificates: {
    method: 'get',
    path: '/controllers/{controller}/certificates',
    allow: [...staff, 'operator'],
    controller: 'in-path',
  },
  readCertificate: {
    method: 'get',
    path: '/certificates/{id}',
    allow: [...staff, 'operator'],
    controller: 'of-resource',
  },
  readUnit: { method: 'get', path: '/units/{id}', allow: [...staff, 'operator'], controller: 'of-resource' },
  listSweeps: { method: 'get', path: '/sweeps', allow: ['dpo', 'auditor', 'operator'], controller: 'every' },
  readSweep: { method: 'get', path: '/sweeps/{id}', allow: ['dpo', 'auditor', 'operator'], controller: 'every' },
  startSweep: { method: 'post', path: '/sweeps', allow: ['operator'], controller: 'every' },
  receiveRequest: { method: 'post', path: '/controllers/{controller}/requests', allow: ['dpo'], controller: 'in-path' },
  listRequests: { method: 'get', path: '/controllers/{controller}/requests', allow: staff, controller: 'in-path' },
  readRequest: { method: 'get', path: `${request}`, allow: staff, controller: 'in-path' },
  // Which role may give which command is in the case's own transition table; the refusal comes from there.
  commandRequest: {
    method: 'post',
    path: `${request}/commands/{command}`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  readRequestLetter: {
    method: 'get',
    path: `${request}/letters/{letterId}`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  readRequestManifest: {
    method: 'get',
    path: `${request}/manifest`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  listManifestRecords: {
    method: 'get',
    path: `${request}/manifest/records`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  nameRequestRecord: { method: 'post', path: `${request}/named-records`, allow: ['dpo'], controller: 'in-path' },
  listNamedRecords: {
    method: 'get',
    path: `${request}/named-records`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  readLetterFile: {
    method: 'get',
    path: `${request}/letters/{letterId}/file`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  listLetterFiles: {
    method: 'get',
    path: `${request}/letters/{letterId}/files`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  previewLetter: {
    method: 'post',
    path: `${request}/letter-previews`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  addSignedLetter: {
    method: 'post',
    path: `${request}/letters/{letterId}/signed-file`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  addReceipt: {
    method: 'post',
    path: `${request}/letters/{letterId}/receipts`,
    allow: ['dpo'],
    controller: 'in-path',
  },
  // Links to a letter or package: staff make them and hand over the code another way.
  listLinks: { method: 'get', path: `${request}/links`, allow: ['dpo', 'officer'], controller: 'in-path' },
  makeLink: {
    method: 'post',
    path: `${request}/letters/{letterId}/links`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  makeLinkCode: {
    method: 'post',
    path: `${request}/links/{linkId}/codes`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  reissueLink: {
    method: 'post',
    path: `${request}/links/{linkId}/reissue`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  revokeLink: {
    method: 'post',
    path: `${request}/links/{linkId}/revocation`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  // Whoever has the link and the code: that is the whole permission.
  showLink: { method: 'get', path: '/links/{token}', allow: 'anyone', controller: 'none' },
  openLink: { method: 'post', path: '/links/{token}', allow: 'anyone', controller: 'none' },
  addAttachment: {
    method: 'post',
    path: `${request}/attachments`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  readAttachment: {
    method: 'get',
    path: `${request}/attachments/{attachmentId}`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  listAttachments: {
    method: 'get',
    path: `${request}/attachments`,
    allow: ['dpo', 'officer', 'legal'],
    controller: 'in-path',
  },
  // Recipients told under Art. 19.
  listRecipients: { method: 'get', path: `${request}/recipients`, allow: staff, controller: 'in-path' },
  readRecipientRecords: {
    method: 'get',
    path: `${request}/recipients/{notificationId}/records`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  recordRecipientOutcome: {
    method: 'post',
    path: `${request}/recipients/{notificationId}/outcomes`,
    allow: ['dpo', 'officer'],
    controller: 'in-path',
  },
  listOpenNotifications: {
    method: 'get',
    path: '/controllers/{controller}/request-notifications',
    allow: staff,
    controller: 'in-path',
  },
  // For recipients themselves: whoever has a notification's code, which is in no address.
  acknowledgementPage: {
    method: 'get',
    path: '/acknowledgements/{notificationId}',
    allow: 'anyone',
    controller: 'none',
  },
  acknowledge: { method: 'post', path: '/acknowledgements/{notificationId}', allow: 'anyone', controller: 'none' },
  webhookKeys: { method: 'get', path: '/recipient-webhook-keys', allow: 'anyone', controller: 'none' },
  // Holds: legal teams act, dpo and auditor look on, the operator learns counts.
  previewHold: {
    method: 'post',
    path: '/controllers/{controller}/hold-previews',
    allow: ['legal'],
    controller: 'in-path',
  },
  placeHold: { method: 'post', path: '/controllers/{controller}/holds', allow: ['legal'], controller: 'in-path' },
  listHolds: {
    method: 'get',
    path: '/controllers/{controller}/holds',
    allow: ['legal', 'dpo', 'auditor'],
    controller: 'in-path',
  },
  countHolds: {
    method: 'get',
    path: '/controllers/{controller}/hold-counts',
    allow: ['legal', 'dpo', 'auditor', 'operator'],
    controller: 'in-path',
  },
  readHold: { method: 'get', path: hold, allow: ['legal', 'dpo', 'auditor'], controller: 'in-path' },
  reportCustody: { method: 'get', path: `${hold}/custody`, allow: ['legal', 'dpo', 'auditor'], controller: 'in-path' },
  previewHoldScope: { method: 'post', path: `${hold}/scope-previews`, allow: ['legal'], controller: 'in-path' },
  changeHoldScope: { method: 'post', path: `${hold}/scope`, allow: ['legal'], controller: 'in-path' },
  reviewHold: { method: 'post', path: `${hold}/reviews`, allow: ['legal'], controller: 'in-path' },
  askForHoldRelease: { method: 'post', path: `${hold}/release-requests`, allow: ['legal'], controller: 'in-path' },
  decideHoldRelease: {
    method: 'post',
    path: `${hold}/release-requests/{requestId}/decision`,
    allow: ['legal'],
    controller: 'in-path',
  },
  // Notices name offices and people of the controller, and the matter: for those who handle it.
  makeHoldNotice: { method: 'post', path: `${hold}/notices`, allow: ['legal'], controller: 'in-path' },
  listHoldNotices: { method: 'get', path: `${hold}/notices`, allow: ['legal'], controller: 'in-path' },
  readHoldNotice: { method: 'get', path: `${hold}/notices/{noticeId}/file`, allow: ['legal'], controller: 'in-path' },
  recordHoldNoticeDelivery: {
    method: 'post',
    path: `${hold}/notices/{noticeId}/deliveries`,
    allow: ['legal'],
    controller: 'in-path',
  },
  health: { method: 'get', path: '/healthz', allow: 'anyone', controller: 'none' },
  readiness: { method: 'get', path: '/readyz', allow: 'anyone', controller: 'none' },
  metrics: { method: 'get', path: '/metrics', allow: 'anyone', controller: 'none' },
  openapi: { method: 'get', path: '/openapi.json', allow: 'anyone', controller: 'none' },
  documentation: { method: 'get', path: '/docs', allow: 'anyone', controller: 'none' },
  documentationFile: { method: 'get', path: '/docs/{file}', allow: 'anyone', controller: 'none' },
} as const satisfies Record<string, RouteAccess>;

export type RouteName = keyof typeof routeAccess;

/** Whether a caller acts for a controller. */
export const mayReach = (caller: Caller, controller: string): boolean => caller.controllers.includes(controller);

/** Whether a caller may handle records of a class: sources only their own, everybody else all of their controllers'. */
export const mayHandleClass = (caller: Caller, recordClass: string): boolean =>
  caller.role !== 'source' || caller.classes.includes('*') || caller.classes.includes(recordClass);

/** Refuses a class that is not the caller's; for the class in a path and in each line of the bulk route. */
export const requireClass = (caller: Caller, recordClass: string): void => {
  if (!mayHandleClass(caller, recordClass)) {
    throw refusal('class-not-yours', { detail: 'The token does not name this record class among its classes.' });
  }
};

const authorise =
  (deps: ApiDeps, access: RouteAccess): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    if (access.allow === 'anyone') return next();
    const caller = await deps.authenticate(c.req.header('authorization'));
    c.set('caller', caller);
    if (!access.allow.includes(caller.role)) {
      throw refusal('role-not-allowed', {
        detail: `This route is for ${access.allow.join(', ')}; the caller's role is ${caller.role}.`,
      });
    }
    if (access.controller === 'in-path') {
      const controller = c.req.param('controller') ?? '';
      if (!mayReach(caller, controller)) {
        throw refusal('controller-not-yours', { detail: 'The token does not name this controller.' });
      }
      const recordClass = c.req.param('recordClass');
      if (recordClass !== undefined) requireClass(caller, recordClass);
      const policy = deps.policies.get(controller);
      if (policy === undefined) {
        throw refusal('controller-unknown', {
          detail: 'No policy file of this installation describes this controller.',
        });
      }
      c.set('policy', policy);
    }
    return next();
  };

/** The start of a route's definition: method, path and guard from the table. Spread it first into `createRoute({ ... })`. */
export const guarded = <Name extends RouteName>(deps: ApiDeps, name: Name) => {
  const access: RouteAccess = routeAccess[name];
  return {
    operationId: name,
    method: routeAccess[name].method as (typeof routeAccess)[Name]['method'],
    path: routeAccess[name].path as (typeof routeAccess)[Name]['path'],
    middleware: [authorise(deps, access)],
    security: access.allow === 'anyone' ? [] : [{ bearer: [] }],
  };
};

const patternOf = (path: string): RegExp =>
  new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[a-zA-Z]+\}/g, '[^/]+')}$`);
const patterns = Object.values(routeAccess).map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: patternOf(path),
}));

/** The methods that an address knows, for the answer to another one (405); none if there is nothing at the address. */
export const methodsAt = (path: string): readonly string[] =>
  [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].sort();

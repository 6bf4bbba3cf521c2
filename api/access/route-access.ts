/**
 * Who may call what: one table, one line a route. Routes are made from it (`addRoute`), so that none can exist without a line,
 * and a test walks route × role × controller × class completely.
 */
import type { Role } from './authentication.ts';

/** How the controller of a call is found. */
export type ControllerSource =
  /** `{controller}` in the path. */
  | 'in-path'
  /** The resource belongs to one; the handler compares it (`mayReach`) and answers 404 to strangers, who learn nothing. */
  | 'of-resource'
  /** The resource spans all controllers and shows counts and ids only. */
  | 'every';

/** Who may call a route. */
export type RouteAccess = {
  readonly method: 'get' | 'put' | 'post';
  readonly path: string;
  readonly allow: readonly Role[] | 'anyone';
  readonly controller: ControllerSource | 'none';
  /** Under which heading the document shows it. */
  readonly tag: string;
};

type Allow = RouteAccess['allow'];
const route =
  <Method extends RouteAccess['method']>(method: Method) =>
  <Path extends string>(path: Path, allow: Allow, controller: RouteAccess['controller'] = 'in-path') => ({
    method,
    path,
    allow,
    controller,
  });
const get = route('get');
const put = route('put');
const post = route('post');

const tagged = <Routes extends Readonly<Record<string, Omit<RouteAccess, 'tag'>>>>(tag: string, routes: Routes) =>
  Object.fromEntries(Object.entries(routes).map(([name, one]) => [name, { ...one, tag }])) as {
    readonly [Name in keyof Routes]: Routes[Name] & { readonly tag: string };
  };

const record = '/controllers/{controller}/record-classes/{recordClass}/records/{sourceId}';
const request = '/controllers/{controller}/requests/{caseId}';
const hold = '/controllers/{controller}/holds/{holdId}';
const staff = ['dpo', 'officer', 'legal', 'auditor'] as const;

/** The whole table. A `source` is besides bound to its classes, in the path and in each line of the bulk route. */
export const routeAccess = {
  ...tagged('Records', {
    registerRecord: put(record, ['source']),
    registerRecords: post('/controllers/{controller}/records', ['source']),
    readRecord: get(record, ['source', ...staff]),
    // Content is for those who work on cases and disputes: never the operator, nor the auditor, who reads that it was opened.
    readContent: get(`${record}/content`, ['dpo', 'officer', 'legal']),
    readFate: get(`${record}/fate`, ['source', ...staff, 'operator']),
  }),
  ...tagged('Objects', {
    putObject: put(`${record}/objects/{name}`, ['source']),
    readObject: get(`${record}/objects/{name}`, ['dpo', 'officer', 'legal']),
  }),
  ...tagged('Policies', {
    readPolicy: get('/controllers/{controller}/policy', ['source', ...staff, 'operator']),
    // Applying a changed policy to what exists: the controller's own decision, seen before by who takes it.
    previewRedating: get('/controllers/{controller}/policy/redating-preview', ['dpo', 'officer']),
    askForRedating: post('/controllers/{controller}/policy/redatings', ['dpo', 'officer']),
    listRedatings: get('/controllers/{controller}/policy/redatings', [...staff, 'operator']),
    decideRedating: post('/controllers/{controller}/policy/redatings/{redatingId}/decision', ['dpo', 'officer']),
  }),
  ...tagged('Opt-outs', {
    // Systems that send ask before they do; whom it is about comes in the body.
    askOptOut: post('/controllers/{controller}/opt-outs/{optOut}/question', ['source']),
    endOptOut: post('/controllers/{controller}/opt-outs/{optOut}/end', ['dpo']),
    askOptOuts: post('/controllers/{controller}/opt-outs/{optOut}/questions', ['source']),
  }),
  ...tagged('Certificates', {
    listCertificates: get('/controllers/{controller}/certificates', [...staff, 'operator']),
    readCertificate: get('/certificates/{id}', [...staff, 'operator'], 'of-resource'),
  }),
  ...tagged('Units', { readUnit: get('/units/{id}', [...staff, 'operator'], 'of-resource') }),
  ...tagged('Sweeps', {
    listSweeps: get('/sweeps', ['dpo', 'auditor', 'operator'], 'every'),
    readSweep: get('/sweeps/{id}', ['dpo', 'auditor', 'operator'], 'every'),
    startSweep: post('/sweeps', ['operator'], 'every'),
  }),
  ...tagged('Rights requests', {
    receiveRequest: post('/controllers/{controller}/requests', ['dpo']),
    listRequests: get('/controllers/{controller}/requests', staff),
    readRequest: get(`${request}`, staff),
    // Which role may give which command is in the case's own transition table; the refusal comes from there.
    commandRequest: post(`${request}/commands/{command}`, ['dpo', 'officer', 'legal']),
    readRequestLetter: get(`${request}/letters/{letterId}`, ['dpo', 'officer', 'legal']),
    readRequestManifest: get(`${request}/manifest`, ['dpo', 'officer']),
    listManifestRecords: get(`${request}/manifest/records`, ['dpo', 'officer']),
    nameRequestRecord: post(`${request}/named-records`, ['dpo']),
    listNamedRecords: get(`${request}/named-records`, ['dpo', 'officer']),
    readLetterFile: get(`${request}/letters/{letterId}/file`, ['dpo', 'officer']),
    listLetterFiles: get(`${request}/letters/{letterId}/files`, ['dpo', 'officer']),
    previewLetter: post(`${request}/letter-previews`, ['dpo', 'officer']),
    addSignedLetter: post(`${request}/letters/{letterId}/signed-file`, ['dpo', 'officer']),
    addReceipt: post(`${request}/letters/{letterId}/receipts`, ['dpo']),
    // Links to a letter or package: staff make them and hand over the code another way.
    listLinks: get(`${request}/links`, ['dpo', 'officer']),
    makeLink: post(`${request}/letters/{letterId}/links`, ['dpo', 'officer']),
    makeLinkCode: post(`${request}/links/{linkId}/codes`, ['dpo', 'officer']),
    reissueLink: post(`${request}/links/{linkId}/reissue`, ['dpo', 'officer']),
    revokeLink: post(`${request}/links/{linkId}/revocation`, ['dpo', 'officer']),
    addAttachment: post(`${request}/attachments`, ['dpo', 'officer', 'legal']),
    readAttachment: get(`${request}/attachments/{attachmentId}`, ['dpo', 'officer', 'legal']),
    listAttachments: get(`${request}/attachments`, ['dpo', 'officer', 'legal']),
  }),
  ...tagged('Links', {
    // Link and code together are the whole permission.
    showLink: get('/links/{token}', 'anyone', 'none'),
    openLink: post('/links/{token}', 'anyone', 'none'),
  }),
  ...tagged('Recipients', {
    // Recipients notified under Art. 19.
    listRecipients: get(`${request}/recipients`, staff),
    readRecipientRecords: get(`${request}/recipients/{notificationId}/records`, ['dpo', 'officer']),
    recordRecipientOutcome: post(`${request}/recipients/{notificationId}/outcomes`, ['dpo', 'officer']),
    listOpenNotifications: get('/controllers/{controller}/request-notifications', staff),
    // For recipients themselves: the notification's code, which is in no address, is the permission.
    acknowledgementPage: get('/acknowledgements/{notificationId}', 'anyone', 'none'),
    acknowledge: post('/acknowledgements/{notificationId}', 'anyone', 'none'),
    webhookKeys: get('/recipient-webhook-keys', 'anyone', 'none'),
  }),
  ...tagged('Holds', {
    // Holds: legal teams act, dpo and auditor look on, the operator learns counts.
    previewHold: post('/controllers/{controller}/hold-previews', ['legal']),
    placeHold: post('/controllers/{controller}/holds', ['legal']),
    listHolds: get('/controllers/{controller}/holds', ['legal', 'dpo', 'auditor']),
    countHolds: get('/controllers/{controller}/hold-counts', ['legal', 'dpo', 'auditor', 'operator']),
    readHold: get(hold, ['legal', 'dpo', 'auditor']),
    reportCustody: get(`${hold}/custody`, ['legal', 'dpo', 'auditor']),
    previewHoldScope: post(`${hold}/scope-previews`, ['legal']),
    changeHoldScope: post(`${hold}/scope`, ['legal']),
    reviewHold: post(`${hold}/reviews`, ['legal']),
    askForHoldRelease: post(`${hold}/release-requests`, ['legal']),
    decideHoldRelease: post(`${hold}/release-requests/{requestId}/decision`, ['legal']),
    // Notices name offices and people of the controller, and the matter: for those who handle it.
    makeHoldNotice: post(`${hold}/notices`, ['legal']),
    listHoldNotices: get(`${hold}/notices`, ['legal']),
    readHoldNotice: get(`${hold}/notices/{noticeId}/file`, ['legal']),
    recordHoldNoticeDelivery: post(`${hold}/notices/{noticeId}/deliveries`, ['legal']),
  }),
  ...tagged('Operations', {
    health: get('/healthz', 'anyone', 'none'),
    readiness: get('/readyz', 'anyone', 'none'),
    metrics: get('/metrics', 'anyone', 'none'),
  }),
  ...tagged('Documentation', {
    openapi: get('/openapi.json', 'anyone', 'none'),
    documentation: get('/docs', 'anyone', 'none'),
    documentationFile: get('/docs/{file}', 'anyone', 'none'),
  }),
} satisfies Record<string, RouteAccess>;

/** The name of a route, which is its operation in the OpenAPI document. */
export type RouteName = keyof typeof routeAccess;

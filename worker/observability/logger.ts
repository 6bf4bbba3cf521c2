/**
 * The one place where the worker's log is made. A line is an event of the closed list below with fields of a closed list: there
 * is no way to log an object, a message or a row, so nothing has to be redacted afterwards (I7).
 */
import { type DestinationStream, type Level, pino } from 'pino';
import { standardOutput } from '../../settings/log-output.ts';
import type { ErrorDescription } from '../../storage/database/describe-error.ts';

/** Everything the worker ever says, by key. */
const logEvents = {
  'worker-starting': 'worker is starting',
  'worker-ready': 'worker polls its task queues',
  'worker-stopping': 'worker finishes what it has begun',
  'worker-stopped': 'worker has stopped',
  'worker-failed': 'worker cannot go on',
  'service-awaited': 'a service does not answer yet, trying again',
  'keys-first-used': 'keys are used for the first time, the database remembers which',
  'namespace-registered': 'Temporal namespace registered',
  'search-attributes-registered': 'search attributes registered',
  'sweep-scheduled': 'daily sweep scheduled',
  'workflows-bundled': 'workflows bundled from source',
  'workflows-started': 'workflows started',
  'workflow-not-started': 'a workflow could not be started, the next round tries again',
  'activity-failed': 'an activity failed unexpectedly',
  'audit-sealed': 'audit entries sealed',
  'loop-failed': 'a background loop failed, it goes on after a pause',
  'connection-lost': 'a database connection was lost, another replaces it',
  'metrics-failed': 'figures could not be read',
  'workflows-signalled': 'workflows signalled that something changed',
  'workflow-not-signalled': 'a workflow could not be signalled, the next round tries again',
  'objects-flagged': 'objects that arrived under a hold flagged in the store',
  'records-redated': 'records dated anew by a changed policy',
  'sdk-said': 'Temporal SDK',
} as const;

/** The name of an event of the closed list; its sentence is there. */
export type LogEvent = keyof typeof logEvents;

/** Ids, codes, counts and times; nothing else can be logged. */
export type LogFields = {
  readonly unitId?: string;
  readonly suspensionId?: string;
  readonly caseId?: string;
  readonly notificationId?: string;
  readonly redatingId?: string;
  readonly recordId?: string;
  readonly workflowId?: string;
  readonly workflowType?: string;
  readonly runId?: string;
  readonly activityType?: string;
  readonly taskQueue?: string;
  readonly namespace?: string;
  readonly attempt?: number;
  readonly correlationId?: string;
  readonly failureType?: string;
  readonly service?: string;
  readonly state?: string;
  readonly loop?: string;
  readonly address?: string;
  readonly port?: number;
  readonly code?: string;
  readonly count?: number;
  readonly pauseMs?: number;
  readonly durationMs?: number;
  readonly signal?: string;
  readonly sdkMessage?: string;
  readonly sdkComponent?: string;
  readonly error?: ErrorDescription;
};

// A record of every key, so that a field added to the type and not here does not compile.
const fieldNames: Record<keyof LogFields, true> = {
  unitId: true,
  suspensionId: true,
  caseId: true,
  notificationId: true,
  redatingId: true,
  recordId: true,
  workflowId: true,
  workflowType: true,
  runId: true,
  activityType: true,
  taskQueue: true,
  namespace: true,
  attempt: true,
  correlationId: true,
  failureType: true,
  service: true,
  state: true,
  loop: true,
  address: true,
  port: true,
  code: true,
  count: true,
  pauseMs: true,
  durationMs: true,
  signal: true,
  sdkMessage: true,
  sdkComponent: true,
  error: true,
};

/** Only the fields that may be logged, whatever the object brings with it. */
export const allowedFields = (fields: object): LogFields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => Object.hasOwn(fieldNames, name)));

/** From which severity on lines are written; `silent` for tests. */
export type LogLevel = Exclude<Level, 'fatal'> | 'silent';

/** Writes one event with its fields. There is no way to write a free text. */
export type Log = Record<'debug' | 'info' | 'warn' | 'error', (event: LogEvent, fields?: LogFields) => void>;

/** How much is written, by whom and to where. */
export type CreateLogInput = {
  readonly level: LogLevel;
  /** Which process writes, for example `worker`. */
  readonly process: string;
  /** Where the lines go; standard output if absent. */
  readonly destination?: DestinationStream;
};

/** A log of one JSON object a line: `level`, `time` (ISO 8601), `process`, `event`, `msg` and allow-listed fields. */
export const createLog = ({ level, process, destination }: CreateLogInput): Log => {
  const options = { level, base: { process }, timestamp: pino.stdTimeFunctions.isoTime };
  const logger = pino(options, destination ?? standardOutput());
  const write =
    (method: 'debug' | 'info' | 'warn' | 'error') =>
    (event: LogEvent, fields: LogFields = {}): void =>
      logger[method]({ event, ...allowedFields(fields) }, logEvents[event]);
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
};

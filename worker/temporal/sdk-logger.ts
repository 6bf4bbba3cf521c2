/** Turns what the Temporal SDK logs into lines of our log: its messages are constants of the SDK, its metadata is allow-listed. */
import { DefaultLogger, type Logger } from '@temporalio/worker';
import { describeError } from '../../storage/database/describe-error.ts';
import type { Log, LogFields } from '../observability/logger.ts';

const levels = { TRACE: 'debug', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

// The SDK's core appends the failures it met after these words; what a failure says is not ours to repeat.
const constantPart = (message: string): string =>
  message
    .split(/[:=({]/, 1)[0]
    ?.trim()
    .slice(0, 120) ?? '';

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const fieldsOf = (meta: Record<string | symbol, unknown>): LogFields => {
  const [workflowId, workflowType, activityType, taskQueue, runId, sdkComponent] = [
    text(meta.workflowId),
    text(meta.workflowType),
    text(meta.activityType),
    text(meta.taskQueue),
    text(meta.runId ?? meta.workflowRunId),
    text(meta.sdkComponent),
  ];
  return {
    ...(workflowId === undefined ? {} : { workflowId }),
    ...(workflowType === undefined ? {} : { workflowType }),
    ...(activityType === undefined ? {} : { activityType }),
    ...(taskQueue === undefined ? {} : { taskQueue }),
    ...(runId === undefined ? {} : { runId }),
    ...(sdkComponent === undefined ? {} : { sdkComponent }),
    ...(typeof meta.attempt === 'number' ? { attempt: meta.attempt } : {}),
    ...(typeof meta.durationMs === 'number' ? { durationMs: meta.durationMs } : {}),
    ...(meta.error === undefined ? {} : { error: describeError(meta.error) }),
  };
};

/** For `Runtime.install({ logger })`. */
export const sdkLogger = (log: Log): Logger =>
  new DefaultLogger('INFO', ({ level, message, meta }) =>
    log[levels[level]]('sdk-said', { sdkMessage: constantPart(message), ...fieldsOf(meta ?? {}) }),
  );

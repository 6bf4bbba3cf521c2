/**
 * The two workers of the process. Workflows and light activities are polled apart from erasures, which have a rate limit of their
 * own that the server enforces over all processes.
 */
import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import type { AllErasureActivities, AllProcedureActivities } from '../../activities/index.ts';
import { createFailureInterceptor, type SanitiseFailuresDeps } from '../../activities/sanitise-failures.ts';
import { erasureQueue, proceduresQueue } from '../../workflows/queues.ts';

/**
 * What both workers are made of. `erasuresPerSecond` is enforced by the server over all processes, `erasuresAtOnce` by
 * this one.
 */
export type CreateWorkersInput = SanitiseFailuresDeps & {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly queuePrefix: string;
  readonly identity: string;
  readonly workflowBundle: WorkflowBundleOption;
  readonly procedureActivities: AllProcedureActivities;
  readonly erasureActivities: AllErasureActivities;
  readonly erasuresPerSecond: number;
  readonly erasuresAtOnce: number;
  readonly cachedWorkflows: number;
  /** Activities in flight may end by themselves this long, then they are told to. */
  readonly shutdownGraceMs: number;
  /** After this they are no longer waited for; what they did not finish is done again elsewhere. */
  readonly shutdownForceMs: number;
};

/** The two workers, each polling one queue; a failure of one ends the process. */
export type Workers = { readonly procedures: Worker; readonly erasure: Worker };

/** Creates both; they poll when they are run. */
export const createWorkers = async (input: CreateWorkersInput): Promise<Workers> => {
  const common = {
    connection: input.connection,
    namespace: input.namespace,
    identity: input.identity,
    shutdownGraceTime: input.shutdownGraceMs,
    shutdownForceTime: input.shutdownForceMs,
    interceptors: { activity: [createFailureInterceptor(input)] },
  };
  const procedures = await Worker.create({
    ...common,
    taskQueue: proceduresQueue(input.queuePrefix),
    workflowBundle: input.workflowBundle,
    activities: input.procedureActivities,
    // The SDK would guess from the heap; a cache is counted, not weighed, and a guess has ended in an out-of-memory kill before.
    maxCachedWorkflows: input.cachedWorkflows,
  });
  const erasure = await Worker.create({
    ...common,
    taskQueue: erasureQueue(input.queuePrefix),
    activities: input.erasureActivities,
    maxTaskQueueActivitiesPerSecond: input.erasuresPerSecond,
    maxConcurrentActivityTaskExecutions: input.erasuresAtOnce,
  });
  return { procedures, erasure };
};

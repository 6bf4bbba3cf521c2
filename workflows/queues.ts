/** Names of the task queues: workflows with their light activities, and what the gate does. */

/** Task queue of workflows and light activities. */
export const proceduresQueue = (prefix: string): string => `${prefix}-procedures`;

/** Task queue of the gate's activities, with a rate limit of its own so that erasures never crowd out the rest. */
export const erasureQueue = (prefix: string): string => `${prefix}-erasure`;

/** The erasure queue that belongs to a procedures queue: a workflow finds it from the queue it runs on itself. */
export const erasureQueueBeside = (queue: string): string => queue.replace(/-procedures$/, '-erasure');

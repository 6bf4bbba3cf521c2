/**
 * Heartbeats while something takes long, also in the middle of one step: without them Temporal takes the worker for dead and gives the
 * work to another one. An attempt that follows goes on from the details that were sent last.
 */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { seconds } from '../domain/time/duration.ts';

/** Often enough for the shortest heartbeat timeout of the profiles, ten seconds. */
const everyMs = seconds(3);

/** The activity's own heartbeat; without details it repeats what an earlier attempt reported, so that nothing of that is lost. */
const ofActivity = (details?: unknown): void => heartbeat(details ?? activityInfo().heartbeatDetails);

/**
 * Runs work under heartbeats. What the work reports of its progress goes along and is repeated until it reports more or ends.
 * @param beat sends one heartbeat; default: the activity's own
 */
export const keptAlive = async <Details, Value>(
  work: (report: (details: Details) => void) => Promise<Value>,
  beat: (details?: unknown) => void = ofActivity,
): Promise<Value> => {
  let last: Details | undefined;
  const timer = setInterval(() => beat(last), everyMs);
  // A heartbeat alone is no reason to keep a process alive.
  timer.unref();
  try {
    return await work((details) => {
      last = details;
      beat(details);
    });
  } finally {
    clearInterval(timer);
  }
};

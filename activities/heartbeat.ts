/** Heartbeats while something takes long: said again every few seconds, also in the middle of one chunk. */
import { heartbeat } from '@temporalio/activity';

const everyMs = 5_000;

/** Runs work that tells how far it has come; what it told last is repeated until it tells more or ends. */
export const keptAlive = async <Details, Value>(
  work: (tell: (details: Details) => void) => Promise<Value>,
): Promise<Value> => {
  let last: { readonly details: Details } | undefined;
  const timer = setInterval(() => {
    if (last !== undefined) heartbeat(last.details);
  }, everyMs);
  try {
    return await work((details) => {
      last = { details };
      heartbeat(details);
    });
  } finally {
    clearInterval(timer);
  }
};

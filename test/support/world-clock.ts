/**
 * The clock of a test world. A story whose dates are fixed begins on a fixed day, whatever the calendar says when the test runs: its
 * world's clock is set to that day and goes on from there at the speed of the real one. Whoever is handed a clock gets this one; the
 * workflows, whose clock is the Temporal server's, get a bundle in which it reads as many milliseconds more or less.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epochMs, type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { bundleWorkflows } from '../../worker/temporal/bundle-workflows.ts';

/** The real time, as the outermost edge reads it. */
export const realNow = (): Instant => instantFromEpoch(Date.now());

export type WorldClock = {
  readonly now: () => Instant;
  /** How far the world is ahead of the real clock, in milliseconds; negative behind it, 0 where it is the real one. */
  readonly aheadMs: number;
};

/** The real clock, or one that shows `today` at this moment. */
export const worldClock = (today: Instant | undefined): WorldClock => {
  const aheadMs = today === undefined ? 0 : epochMs(today) - Date.now();
  return { now: () => instantFromEpoch(Date.now() + aheadMs), aheadMs };
};

/**
 * Run once in the workflows' sandbox, after the SDK has put its own `Date` there and before the sandbox is frozen. Timers are
 * lengths of time and stay as they are; what the workflows compare and write down are the world's own dates.
 */
const setBack = (aheadMs: number): string => `
;((Server) => {
  const now = () => Server.now() + ${aheadMs};
  globalThis.Date = function (...given) {
    return given.length > 0 ? new Server(...given) : new Server(now());
  };
  Object.assign(globalThis.Date, { now, parse: Server.parse, UTC: Server.UTC, prototype: Server.prototype });
})(globalThis.Date);
`;

const sourceMapComment = '//# sourceMappingURL=data:';

/** The workflows as a file, in which the clock is a world's; the worker reads it as it does a prebuilt one. */
export const bundleWithClock = async (
  aheadMs: number,
): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> => {
  const prebuilt = process.env.OBLIO_WORKFLOW_BUNDLE;
  const code = prebuilt === undefined ? (await bundleWorkflows()).code : await readFile(prebuilt, 'utf8');
  // The SDK takes the code to end where its source map begins.
  const end = code.lastIndexOf(sourceMapComment);
  if (end < 0) throw new Error('The bundle has no source map: its end is not known');
  const folder = await mkdtemp(join(tmpdir(), 'oblio-world-clock-'));
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code.slice(0, end) + setBack(aheadMs) + code.slice(end));
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
};

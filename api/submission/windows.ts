/**
 * Retention windows for a stream of records. A window depends on the rule and the local day of the trigger event alone, and
 * calendar arithmetic is most of the cost of checking a record: so each day of a rule is computed once and remembered for a while.
 */
import { localDateAt } from '../../domain/calendar.ts';
import { type RetentionWindow, type RetentionWindowInput, retentionWindow } from '../../domain/retention-dates.ts';

/** Computes the window of a record; the same answers as `retentionWindow`. */
export type WindowOf = (input: RetentionWindowInput) => RetentionWindow;

const mostRemembered = 10_000;

/** Makes a `WindowOf` with a memory of its own. */
export const rememberingWindows = (): WindowOf => {
  const known = new Map<string, RetentionWindow>();
  return (input) => {
    const { rule, triggerAt, timeZone } = input;
    const key = JSON.stringify([rule, timeZone, localDateAt(triggerAt, timeZone)]);
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    if (known.size >= mostRemembered) known.clear();
    const window = retentionWindow(input);
    known.set(key, window);
    return window;
  };
};

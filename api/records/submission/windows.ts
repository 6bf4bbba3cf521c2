/**
 * Retention windows for a stream of records. A window depends on the rule and the local day of the trigger event alone, and
 * calendar arithmetic would be most of the cost of checking a record: so what was computed is remembered for a while.
 */

import type { RetentionRule } from '../../../domain/policy/policy.ts';
import {
  type RetentionWindow,
  type RetentionWindowInput,
  retentionWindow,
} from '../../../domain/policy/retention-dates.ts';
import { minutes } from '../../../domain/time/duration.ts';
import { epochMs } from '../../../domain/time/instant.ts';

/** Computes the window of a record; the same answers as `retentionWindow`. */
export type WindowOf = (input: RetentionWindowInput) => RetentionWindow;

// Since 1980 every zone's offset, and every change of one, is a whole number of quarter hours: no local day ends inside a quarter.
const quarterMs = minutes(15);
const firstExactMs = Date.UTC(1980, 0, 1);
const mostRemembered = 50_000;

/** Makes a `WindowOf` with a memory of its own. Rules are compared by identity: a policy is loaded once and never changed. */
export const rememberingWindows = (): WindowOf => {
  let byRule = new WeakMap<RetentionRule, Map<string, RetentionWindow>>();
  let remembered = 0;
  return (input) => {
    const atMs = epochMs(input.triggerAt);
    if (atMs < firstExactMs) return retentionWindow(input);
    const known = byRule.get(input.rule) ?? new Map<string, RetentionWindow>();
    const key = `${input.timeZone} ${Math.floor(atMs / quarterMs)}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    if (remembered >= mostRemembered) {
      byRule = new WeakMap();
      remembered = 0;
    }
    const window = retentionWindow(input);
    known.set(key, window);
    byRule.set(input.rule, known);
    remembered += 1;
    return window;
  };
};

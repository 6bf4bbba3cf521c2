/**
 * When a record must be gone (Art. 5(1)(e)): from its class's rule and its trigger event to the bound, the window before it and
 * the moment its unit is erased. Calendar-correct in the controller's time zone. Not for workflows: they get the instants.
 */

import type { ControllerId, RecordClassId, RecordId, UnitId } from '../ids.ts';
import { addDays, addPeriod, endOfDay, localDateAt, startOfDay } from '../time/calendar.ts';
import { type Instant, instantPlus, millisecondsBetween } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import { period, wholeDays } from '../time/period.ts';
import type { RetentionRule, UnitSize } from './policy.ts';
import { spread } from './spread.ts';

/** When the erasure of a record may begin and must be proven. */
export type RetentionWindow = {
  /** The last day on which the record may exist, in the controller's time zone. */
  readonly boundDay: LocalDate;
  /** The exclusive end of the bound day. */
  readonly boundAt: Instant;
  /** The first instant at which erasure is allowed (I2); equals `boundAt` where the rule names an instant. */
  readonly opensAt: Instant;
};

/** A rule and the event from which it counts, in the zone of the controller's seat. */
export type RetentionWindowInput = {
  readonly rule: RetentionRule;
  /** When the trigger event happened; its local day is not counted. */
  readonly triggerAt: Instant;
  /** IANA name. */
  readonly timeZone: string;
};

const windowOfDay = (rule: RetentionRule, triggerDay: LocalDate, timeZone: string): RetentionWindow => {
  if (rule.kind === 'end-of-day-after') {
    const boundDay = addDays(triggerDay, rule.days);
    const boundAt = endOfDay(boundDay, timeZone);
    return { boundDay, boundAt, opensAt: boundAt };
  }
  const leadDays = wholeDays(period(rule.lead));
  if (leadDays === undefined) throw new RangeError(`A lead is a number of days, not ${rule.lead}`);
  const boundDay = addPeriod(triggerDay, period(rule.period));
  return {
    boundDay,
    boundAt: endOfDay(boundDay, timeZone),
    opensAt: startOfDay(addDays(boundDay, 1 - leadDays), timeZone),
  };
};

// Records come in by the hundred thousand and share their trigger days: what a day leads to is worked out once. The answers depend
// on nothing but the key, so it does not matter who asked first.
const known = new Map<string, RetentionWindow>();
const mostKnown = 4096;

/**
 * The window of a record. "At most P6M" after 31 August ends with 28 or 29 February: the day of the same number, else the last
 * of the month, never moved for holidays. "The third day after" ends with that day. Throws a `RangeError` on a period the policy
 * loader would have refused.
 */
export const retentionWindow = ({ rule, triggerAt, timeZone }: RetentionWindowInput): RetentionWindow => {
  const triggerDay = localDateAt(triggerAt, timeZone);
  const length = rule.kind === 'at-most' ? `${rule.period} ${rule.lead}` : `${rule.days}`;
  const key = `${rule.kind} ${length} ${triggerDay} ${timeZone}`;
  const window = known.get(key) ?? windowOfDay(rule, triggerDay, timeZone);
  if (known.size >= mostKnown) known.clear();
  known.set(key, window);
  return window;
};

/** The last quarter of the window is for the erasure itself and its proof, and for what goes wrong meanwhile. */
const spreadShare = 0.75;

/**
 * When a unit's timer ends: spread over the first three quarters of the window by a hash of the unit's id, so that units with
 * one bound do not all fall due together and erasure is proven before the bound; at once where the rule names an instant. The
 * same unit and window always give the same answer.
 */
export const dueAt = ({ window, unitId }: { readonly window: RetentionWindow; readonly unitId: UnitId }): Instant => {
  const windowMs = millisecondsBetween(window.opensAt, window.boundAt);
  return instantPlus(window.opensAt, Math.floor(spread(unitId) * spreadShare * windowMs));
};

/** What decides which records share a unit. */
export type UnitKeyInput = {
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly unitSize: UnitSize;
  readonly boundDay: LocalDate;
  readonly recordId: RecordId;
};

/**
 * Records with the same key share a retention unit: in a class of `day` units those with the same bound day, in a class of
 * `record` units nothing but the record itself. Holds no personal data.
 */
export const unitKey = ({ controller, recordClass, unitSize, boundDay, recordId }: UnitKeyInput): string =>
  unitSize === 'day'
    ? `${controller}/${recordClass}/day/${boundDay}`
    : `${controller}/${recordClass}/record/${recordId}`;

/**
 * When a record must be gone (Art. 5(1)(e)): from its class's rule and its trigger event to the bound, the window before it and
 * the moment its unit is erased. Calendar-correct in the controller's time zone. Not for workflows: they get the instants.
 */
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../ids.ts';
import { addDays, addPeriod, endOfDay, localDateAt, startOfDay } from '../time/calendar.ts';
import { type Instant, instantPlus, millisecondsBetween } from '../time/instant.ts';
import type { LocalDate } from '../time/local-date.ts';
import { period, wholeDays } from '../time/period.ts';
import type { RetentionRule, Trigger, UnitSize } from './policy.ts';

// Which of a class's events the period of a record runs from, where a field of the record chooses (survey: sending or
// appointment).

/** The event of a record with these fields: a code of the policy. */
export const triggerEventOf = (
  { event, byField }: Pick<Trigger, 'event' | 'byField'>,
  fields: Readonly<Record<string, unknown>>,
): string => {
  const chosen = byField && fields[byField.field];
  return (typeof chosen === 'string' && byField?.events[chosen]) || event;
};

/**
 * The event as it is remembered with the record, so that its certificate can name it when the field that chose it is gone. Only where
 * a field chooses: elsewhere the class says it, and a column that repeats the class would add nothing.
 */
export const rememberedEvent = (
  trigger: Pick<Trigger, 'event' | 'byField'>,
  fields: Readonly<Record<string, unknown>>,
): string | undefined => (trigger.byField === undefined ? undefined : triggerEventOf(trigger, fields));

/**
 * Whether an event of a class may lie ahead when its record comes in. What has not happened yet is an appointment; a call, a chat or a
 * sending in the future is a mistyped date, which would keep the record longer than its notice allows (Art. 5(1)(e)).
 */
export const mayLieAhead = ({ knownAhead = ['appointment'] }: Pick<Trigger, 'knownAhead'>, event: string): boolean =>
  knownAhead.includes(event);

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

/**
 * A number in [0, 1) that depends on the text alone (FNV-1a with the finaliser of MurmurHash3), for timers that should not fire together.
 * Neither a secret nor a digest.
 */
export const spread = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
};

/** Which of a class's events the period of a record runs from, where a field of the record chooses (survey: sending or appointment). */
import type { Trigger } from './policy.ts';

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
 * a field chooses: elsewhere the class says it, and a column that repeats the class would tell nothing.
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

/** A case as the API shows it: where it stands, for whom it waits, each deadline with its explanation, the whole history. */

import { z } from '@hono/zod-openapi';
import type { Policy } from '../../domain/policy/policy.ts';
import { countNotifications } from '../../domain/recipient/notification.ts';
import type { ControllerClock } from '../../domain/request/clock/controller-clock.ts';
import { daysUsed, type StatutoryDeadline } from '../../domain/request/clock/statutory-deadline.ts';
import { clockEventsOf } from '../../domain/request/course/apply-event.ts';
import { type CaseState, openRights, type RightCase, waitingForOf } from '../../domain/request/course/case-state.ts';
import { nextDeadline } from '../../domain/request/course/next-work.ts';
import { rightKind } from '../../domain/request/course/rights.ts';
import { stages, waitingFor } from '../../domain/request/course/states.ts';
import { proposeDecision } from '../../domain/request/decision/propose-decision.ts';
import type { FoundBasis } from '../../domain/request/decision/propose-erasure.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import { days } from '../../domain/time/duration.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { StoredNotification } from '../../storage/recipients/notifications.ts';
import { idSchema, instantSchema } from '../http/schemas.ts';

const anyObject = z.unknown().openapi({ type: 'object' });

const lineSchema = {
  caseId: idSchema,
  controller: z.string(),
  reference: z.string().openapi({ example: 'INPS-2026-000123' }),
  revision: z.int(),
  channel: z.string(),
  receivedAt: instantSchema,
  language: z.enum(['it', 'en']),
  stage: z.enum(stages),
  waitingFor: z.enum(waitingFor),
  nextDeadline: instantSchema
    .optional()
    .openapi({ description: 'Absent while the clock stands still or nothing is owed' }),
  daysLeft: z.int().optional().openapi({ description: 'Negative when overdue' }),
  overdue: z.boolean(),
};

/** A line of a list. */
export const caseLineSchema = z
  .object({
    ...lineSchema,
    rights: z.array(z.object({ right: z.string(), state: z.string(), outcome: z.string().optional() })),
  })
  .openapi('RightsRequestLine');

/** One case in full. */
export const caseSchema = z
  .object({
    ...lineSchema,
    rights: z.array(anyObject).openapi({
      description:
        'Each right with its state, decision, restriction, explained deadline and, while open, what a rule would propose; on an erasure `byBasis` says, for each legal basis on which records of a class rest, what follows under Art. 17(1) and (3), and `exceptions` names the records that differ from their class. `notifications` counts recipients that were notified, acknowledged, are excused, are still open, and of these wait for staff (Art. 19); `recipients: ordered` says only that their tasks were given; `beforeAnswering`, on an open access, is what the policy says must be verified first (Art. 15(2))',
    }),
    identity: anyObject,
    question: anyObject.optional(),
    search: anyObject.optional().openapi({ description: 'What was found, by class' }),
    review: anyObject.optional(),
    letters: z.array(anyObject),
    proceedings: z.array(anyObject),
    clock: anyObject.openapi({
      description: 'The clock of the message: events, rules, last day, and the last day without pauses',
    }),
    likelyDuplicates: z.array(anyObject),
    person: anyObject.optional().openapi({ description: 'Who asks and what they wrote; not for auditors' }),
    history: z.array(anyObject),
    workflow: z.object({ id: z.string(), url: z.string() }),
  })
  .openapi('RightsRequest');

/** The line of a case. */
export const caseLine = (state: CaseState, now: Instant) => {
  const deadline = nextDeadline(state);
  return {
    caseId: state.caseId,
    controller: state.controller,
    reference: state.reference,
    revision: state.revision,
    channel: state.channel,
    receivedAt: state.receivedAt,
    language: state.language,
    stage: state.stage,
    waitingFor: waitingForOf(state),
    ...(deadline === undefined
      ? {}
      : { nextDeadline: deadline, daysLeft: Math.ceil((Date.parse(deadline) - Date.parse(now)) / days(1)) }),
    overdue: deadline !== undefined && deadline <= now,
    rights: state.rights.map(({ key, state: at, decided }) => ({
      right: key,
      state: at,
      ...(decided === undefined ? {} : { outcome: decided.decision.outcome }),
    })),
  };
};

const explained = (deadline: StatutoryDeadline, now: Instant, timeZone: string) => ({
  ...deadline,
  daysUsed: daysUsed(deadline, localDateAt(now, timeZone)),
});

/** How far notifying the recipients of a right is (Art. 19): a recipient whom staff still have to notify does not count as notified. */
const toldUnder = ({ key, recipients }: RightCase, notifications: readonly StoredNotification[]) => {
  const own = notifications.filter(({ right }) => right === key);
  return {
    ...(recipients === undefined ? {} : { recipients: recipients === 'due' ? ('due' as const) : ('ordered' as const) }),
    ...(own.length === 0 ? {} : { notifications: countNotifications(own) }),
  };
};

/** What a case is shown with, besides its own state. */
export type ShownWith = {
  readonly policy: Policy;
  readonly clock: ControllerClock;
  readonly notifications: readonly StoredNotification[];
  /** On what the records found rest. */
  readonly bases: readonly FoundBasis[];
  readonly now: Instant;
};

/** The rights of a case with explained deadlines, notified recipients and proposals. */
export const rightsInFull = (state: CaseState, { policy, clock, notifications, bases, now }: ShownWith) =>
  state.rights.map((right) => {
    const { key, clock: _, recipients: __, ...rest } = right;
    const open = openRights(state).some((one) => one.key === key);
    const { manifest } = state;
    const proposal =
      right.state !== 'open' || manifest === undefined
        ? undefined
        : proposeDecision({
            kind: rightKind(key),
            manifest,
            basisOf: (recordClass) =>
              policy.recordClasses.find(({ id }) => id === recordClass)?.legalBasis.article ?? '6.1.e',
            bases,
            consentWithdrawn: state.rights.some((one) => one.key === 'consent-withdrawal'),
            withheld: state.review?.withheld ?? 0,
            today: localDateAt(now, policy.timeZone),
          });
    return {
      right: key,
      ...rest,
      ...toldUnder(right, notifications),
      open,
      deadline: explained(clock.explain(state.controller, clockEventsOf(state, right)), now, policy.timeZone),
      ...(proposal === undefined ? {} : { proposal: { ...proposal, note: 'A rule proposes; people decide.' } }),
      // An answer to access states the transfers of the policy (Art. 15(2)): what the controller has yet to verify comes first.
      ...(proposal === undefined || key !== 'access' || policy.transfersNote === undefined
        ? {}
        : { beforeAnswering: policy.transfersNote }),
    };
  });

/** The clock of the message, explained. */
export const caseClock = (state: CaseState, policy: Policy, clock: ControllerClock, now: Instant) =>
  explained(clock.explain(state.controller, clockEventsOf(state)), now, policy.timeZone);

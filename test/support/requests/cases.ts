/**
 * Cases for the pure tests: driven from receipt to any position by the commands and events of the domain itself, with real clocks of
 * both controllers' seats.
 */
import { randomUUID } from 'node:crypto';
import { certificateId, controllerId, recordClassId } from '../../../domain/ids.ts';
import { statutoryDeadline } from '../../../domain/request/clock/statutory-deadline.ts';
import { applyEvents, clocksOf, withClocks } from '../../../domain/request/course/apply-event.ts';
import type { CaseState } from '../../../domain/request/course/case-state.ts';
import type {
  CaseCommand,
  CaseRole,
  CaseRules,
  CommandKind,
  CommandMeta,
} from '../../../domain/request/course/commands.ts';
import { decideCommand } from '../../../domain/request/course/decide-command.ts';
import type { Decision, ManifestSummary } from '../../../domain/request/course/decision.ts';
import type { CaseEvent, Intake } from '../../../domain/request/course/events.ts';
import type { Verdict } from '../../../domain/request/course/refusals.ts';
import { days } from '../../../domain/time/duration.ts';
import { holidayCalendar } from '../../../domain/time/holiday-calendar.ts';
import { type Instant, instant, instantPlus } from '../../../domain/time/instant.ts';

export const rules: CaseRules = {
  notARequest: 'short-note',
  optOuts: ['surveys'],
  unansweredDays: 60,
  liftingNoticeDays: 15,
  restrictionReviewDays: 180,
};
export const receivedAt = instant('2027-03-05T09:30:00+01:00');
const calendar = holidayCalendar({ country: 'IT', municipality: 'Roma', court: 'Roma' });

/** The days after receipt, at the same hour. */
export const day = (count: number): Instant => instantPlus(receivedAt, days(count));

export const intake = (change: Partial<Intake> = {}): Intake => ({
  caseId: randomUUID(),
  controller: controllerId('inps'),
  reference: 'INPS-2027-000001',
  channel: 'email',
  receivedAt,
  language: 'it',
  identityLevel: 'claimed',
  capacity: 'self',
  rights: [],
  suspensionId: randomUUID(),
  ...change,
});

export const clocked = (state: CaseState): CaseState =>
  withClocks(
    state,
    clocksOf(state, (events) => statutoryDeadline({ events, timeZone: 'Europe/Rome', calendar })),
  );

/** The case right after receipt. */
export const received = (change: Partial<Intake> = {}): CaseState =>
  clocked(
    applyEvents(undefined, [{ kind: 'received', intake: intake(change) }], {
      actor: 'ada',
      role: 'dpo',
      at: receivedAt,
    }),
  );

const people: Readonly<Record<CaseRole, string>> = { dpo: 'ada', officer: 'ugo', legal: 'lia' };

export const meta = (role: string, change: Partial<CommandMeta> = {}): CommandMeta => ({
  commandId: randomUUID(),
  actor: Object.entries(people).find(([known]) => known === role)?.[1] ?? role,
  role,
  actsForController: true,
  at: day(3),
  ...change,
});

/** Applies a verdict's events, or throws with the code of the refusal. */
export const follow = (state: CaseState, verdict: Verdict, by: CommandMeta): CaseState => {
  if (verdict.kind === 'refused') throw new Error(`refused: ${verdict.refusal.code}`);
  return clocked(applyEvents(state, verdict.events, by));
};

/** Sends a command as a person of a role; throws if it is refused. */
export const send = (
  state: CaseState,
  role: CaseRole,
  command: CaseCommand,
  change: Partial<CommandMeta> = {},
): CaseState => {
  const by = meta(role, change);
  return follow(state, decideCommand(state, command, by, rules), by);
};

/** What the machine reports. */
export const report = (state: CaseState, event: CaseEvent, at: Instant = day(3)): CaseState =>
  clocked(applyEvents(state, [event], { actor: 'oblio', role: 'system', at }));

export const manifest = (found: number, suspended = 0): ManifestSummary => ({
  manifestId: randomUUID(),
  frozenAt: day(3),
  digest: 'a'.repeat(64),
  records: found,
  classes: found === 0 ? [] : [{ recordClass: recordClassId('chat'), found, suspended }],
});

/** A refusal of erasure inside the prescribed period, as INPS usually gives it. */
export const refusal: Decision = {
  outcome: 'refused',
  grounds: ['17.1.none'],
  lines: [{ recordClass: recordClassId('chat'), result: 'denied', grounds: ['17.1.none', '17.3.b'] }],
  reasonsFor: ['17.1.none', '17.3.b'],
  earlierCases: [],
};
export const grantedAccess: Decision = {
  outcome: 'granted',
  grounds: ['15.1'],
  lines: [],
  reasonsFor: [],
  earlierCases: [],
};

/** Everything a case can stand at: stages, and inside `deciding` the states of its (one) right; named as the table names them. */
export const positions = [
  'received',
  'identification',
  'identification-asked',
  'searching',
  'reviewing',
  'review-confirmation',
  'deciding/open',
  'deciding/prepared',
  'deciding/advised',
  'deciding/executing',
  'deciding/executed',
  'deciding/lettered',
  'closing-letter',
  'standing',
  'standing/notice-given',
  'reopening',
  'closed',
] as const;
export type Position = (typeof positions)[number];

const triage: CaseCommand = { kind: 'triage', verdict: 'rights-request', rights: ['access'] };
const confirm: CaseCommand = { kind: 'confirm-identity', level: 'digital-identity', capacity: 'self' };

const answeredRestriction = (): CaseState => {
  let state = send(received(), 'dpo', { kind: 'triage', verdict: 'rights-request', rights: ['restriction'] });
  state = send(composed(state), 'dpo', confirm);
  state = report(state, { kind: 'search-finished', manifest: manifest(1) });
  const decision: Decision = {
    outcome: 'restricted',
    grounds: ['18.1.c'],
    lines: [{ recordClass: recordClassId('chat'), result: 'granted', grounds: ['18.1.c'] }],
    reasonsFor: [],
    earlierCases: [],
  };
  state = send(state, 'dpo', { kind: 'prepare-decision', right: 'restriction', decision });
  state = send(state, 'dpo', { kind: 'give-opinion', right: 'restriction', opinion: 'agrees' });
  state = send(state, 'officer', { kind: 'decide', right: 'restriction', decision, acknowledgedLate: false });
  state = report(state, {
    kind: 'executed',
    right: 'restriction',
    records: 1,
    certificates: [],
    restricted: { suspensionId: randomUUID(), reviewAt: day(180) },
  });
  return deliver(send(state, 'dpo', { kind: 'compose-answer', rights: ['restriction'] }));
};

/** The machine composes what was ordered. */
export const composed = (state: CaseState): CaseState =>
  state.letters
    .filter((letter) => letter.state === 'ordered')
    .reduce((before, { letterId }) => report(before, { kind: 'letter-composed', letterId, channel: 'pec' }), state);

/** Composes and delivers the letter ordered last. */
export const deliver = (state: CaseState, deliveredAt: Instant = day(3)): CaseState => {
  const ready = composed(state);
  const letter = ready.letters.findLast((one) => one.state === 'composed');
  if (letter === undefined) throw new Error('There is no letter to deliver');
  return send(
    ready,
    'dpo',
    { kind: 'record-delivery', letterId: letter.letterId, deliveredAt, proof: 'pec-receipt' },
    { at: deliveredAt },
  );
};

/** A case driven to a position. */
export const caseAt = (position: Position): CaseState => {
  switch (position) {
    case 'received':
      return received();
    case 'identification':
      return send(caseAt('received'), 'dpo', triage);
    case 'identification-asked':
      return send(caseAt('identification'), 'dpo', {
        kind: 'ask-requester',
        about: 'identity',
        asked: ['answer-to-question'],
      });
    case 'searching':
      return send(caseAt('identification'), 'dpo', confirm);
    case 'reviewing':
      return report(caseAt('searching'), { kind: 'search-finished', manifest: manifest(3) });
    case 'review-confirmation':
      return send(caseAt('reviewing'), 'dpo', { kind: 'submit-review', withheld: 0 });
    case 'deciding/open':
      return send(caseAt('review-confirmation'), 'officer', { kind: 'confirm-review' });
    case 'deciding/prepared':
      return send(caseAt('deciding/open'), 'dpo', {
        kind: 'prepare-decision',
        right: 'access',
        decision: grantedAccess,
      });
    case 'deciding/advised':
      return send(caseAt('deciding/prepared'), 'dpo', { kind: 'give-opinion', right: 'access', opinion: 'agrees' });
    case 'deciding/executing':
      return send(caseAt('deciding/advised'), 'officer', {
        kind: 'decide',
        right: 'access',
        decision: grantedAccess,
        acknowledgedLate: false,
      });
    case 'deciding/executed':
      return report(caseAt('deciding/executing'), {
        kind: 'executed',
        right: 'access',
        records: 3,
        certificates: [certificateId(randomUUID())],
      });
    case 'deciding/lettered':
      return composed(send(caseAt('deciding/executed'), 'dpo', { kind: 'compose-answer', rights: ['access'] }));
    case 'closing-letter':
      return composed(send(caseAt('identification'), 'dpo', { kind: 'withdraw', rights: ['access'] }));
    case 'standing':
      return answeredRestriction();
    case 'standing/notice-given':
      return deliver(send(answeredRestriction(), 'officer', { kind: 'announce-lifting', right: 'restriction' }));
    case 'closed':
      return deliver(caseAt('deciding/lettered'));
    case 'reopening':
      return send(caseAt('closed'), 'dpo', { kind: 'request-reopening' }, { actor: 'bea' });
  }
};

/** A well-formed command of each kind for a case at a position, so that only state and role speak for or against it. */
export const wellFormed = (kind: CommandKind, state: CaseState): CaseCommand => {
  const right = state.rights[0]?.key ?? 'access';
  const decision = grantedAccess;
  switch (kind) {
    case 'triage':
      return triage;
    case 'ask-requester':
      return { kind, about: 'identity', asked: ['answer-to-question'] };
    case 'confirm-identity':
      return { kind, level: 'digital-identity', capacity: 'self' };
    case 'extend':
      return { kind, rights: [right], months: 2, reason: 'complexity' };
    case 'correct-receipt':
      return { kind, receivedAt: day(-1) };
    case 'submit-review':
      return { kind, withheld: 0 };
    case 'prepare-decision':
      return { kind, right, decision };
    case 'give-opinion':
      return { kind, right, opinion: 'agrees' };
    case 'return-decision':
      return { kind, right };
    case 'decide':
      return { kind, right, decision, acknowledgedLate: false };
    case 'compose-answer':
      return { kind, rights: [right] };
    case 'record-delivery':
      return {
        kind,
        letterId: state.letters.findLast((letter) => letter.state === 'composed')?.letterId ?? randomUUID(),
        deliveredAt: day(3),
        proof: 'pec-receipt',
      };
    case 'send-letter':
    case 'report-undelivered':
      return {
        kind,
        letterId: state.letters.findLast((letter) => letter.state === 'composed')?.letterId ?? randomUUID(),
      };
    case 'withdraw':
      return { kind, rights: [right] };
    case 'announce-lifting':
    case 'lift-restriction':
      return { kind, right };
    case 'confirm-reopening':
      return { kind, rights: ['access'] };
    case 'link-proceeding':
      return { kind, proceeding: 'complaint' };
    case 'record-answer':
    case 'repeat-search':
    case 'confirm-review':
    case 'return-review':
    case 'request-reopening':
    case 'decline-reopening':
    case 'add-note':
      return { kind };
  }
};

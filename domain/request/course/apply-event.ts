/**
 * The fold: what each event does to a case, and its clocks. Total: whether an event may happen was decided before it was written. The
 * workflow, the case file and the tests compute a case with it in the same way. Replayed in workflows.
 */
import { given } from '../../given.ts';
import { assertNever } from '../../result.ts';
import type { Instant } from '../../time/instant.ts';
import type { ClockEvents, ComputedClock } from '../clock/clock.ts';
import { type CaseState, mapRights, openRight, orderLetter, type RightCase } from './case-state.ts';
import { applyReopening, applyWithdrawal, settle } from './closing.ts';
import { applyDecisionEvent, applySearchEvent } from './deciding.ts';
import type { CaseEvent, EventMeta, Intake } from './events.ts';
import { applyIdentityEvent, applyReceiptEvent } from './intake.ts';
import { applyLetterEvent } from './letters.ts';
import { applyRestrictionEvent } from './restrictions.ts';
import type { RightKey } from './rights.ts';

/** How many applied commands a case remembers. */
const remembered = 20;

/** The case right after intake. */
export const receivedCase = (intake: Intake, registeredAt: Instant): CaseState => ({
  caseId: intake.caseId,
  controller: intake.controller,
  reference: intake.reference,
  revision: 1,
  channel: intake.channel,
  receivedAt: intake.receivedAt,
  registeredAt,
  language: intake.language,
  stage: 'received',
  identity: { level: intake.identityLevel, capacity: intake.capacity, confirmed: false },
  pauses: [],
  rights: intake.rights.map(openRight),
  letters: [],
  suspension: { id: intake.suspensionId, state: 'active' },
  proceedings: [],
  alarms: [],
  recentCommands: [],
});

const change = (state: CaseState, event: CaseEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'received':
      return receivedCase(event.intake, meta.at);
    case 'recognised':
    case 'found-no-request':
    case 'requester-asked':
    case 'requester-answered':
    case 'requester-silent':
    case 'identity-confirmed':
      return applyIdentityEvent(state, event, meta);
    case 'extension-ordered': {
      const { months, reason, letterId } = event;
      const extended = mapRights(state, event.rights, (right) => ({
        ...right,
        extension: { months, reason, letterId, orderedAt: meta.at },
      }));
      return orderLetter(extended, letterId, 'extension', event.rights, meta.at);
    }
    case 'receipt-corrected':
      return applyReceiptEvent(state, event, meta);
    case 'search-ordered':
    case 'search-finished':
    case 'review-submitted':
    case 'review-confirmed':
    case 'review-returned':
      return applySearchEvent(state, event, meta);
    case 'decision-prepared':
    case 'opinion-given':
    case 'decision-returned':
    case 'decided':
    case 'executed':
    case 'held-erased':
    case 'recipients-told':
      return applyDecisionEvent(state, event, meta);
    case 'letter-ordered':
    case 'letter-composed':
    case 'letter-released':
    case 'letter-sent':
    case 'letter-undelivered':
    case 'letter-delivered':
      return applyLetterEvent(state, event, meta);
    case 'rights-withdrawn':
      return applyWithdrawal(state, event, meta);
    case 'restriction-placed':
    case 'lifting-ordered':
    case 'restriction-lifted':
      return applyRestrictionEvent(state, event);
    case 'lifting-announced':
      return applyRestrictionEvent(
        orderLetter(state, event.letterId, 'restriction-to-be-lifted', [event.right], meta.at),
        event,
      );
    case 'suspension-released':
      return { ...state, suspension: { ...state.suspension, state: 'released' } };
    case 'suspension-placed-again':
      return { ...state, suspension: { id: event.suspensionId, state: 'active' } };
    case 'reopening-requested':
    case 'reopened':
    case 'reopening-declined':
      return applyReopening(state, event, meta);
    case 'proceeding-linked': {
      const { proceeding, suspensionId } = event;
      const link = { proceeding, ...given({ suspensionId }) };
      return { ...state, proceedings: [...state.proceedings, link] };
    }
    case 'note-added':
      return state;
    case 'alarm-raised':
      return { ...state, alarms: [...state.alarms, { alarm: event.alarm, right: event.right, about: event.about }] };
    default:
      return assertNever(event);
  }
};

/** The case after one more event. */
const applyEvent = (state: CaseState | undefined, event: CaseEvent, meta: EventMeta): CaseState => {
  if (event.kind === 'received') return receivedCase(event.intake, meta.at);
  if (state === undefined) throw new TypeError('A case begins with its receipt');
  const revision = state.revision + 1;
  const changed = settle({ ...change(state, event, meta), revision });
  const { commandId } = meta;
  if (commandId === undefined) return changed;
  const others = changed.recentCommands.filter((command) => command.commandId !== commandId);
  return { ...changed, recentCommands: [...others, { commandId, revision }].slice(-remembered) };
};

/** The events that make the clock of the message, or of one right with its own extension. */
export const clockEventsOf = (state: CaseState, right?: RightCase): ClockEvents => {
  const extension = right?.extension;
  const told = extension?.told;
  return {
    receivedAt: state.receivedAt,
    ...(state.receiptCorrections === undefined
      ? {}
      : { corrections: state.receiptCorrections.map(({ at, formerly }) => ({ at, formerly })) }),
    pauses: state.pauses,
    ...(extension === undefined || told === undefined || told.void
      ? {}
      : { extension: { months: extension.months, toldAt: told.at } }),
  };
};

/** Clocks of a case: of the message itself, and of each right. */
export type CaseClocks = {
  readonly base: ComputedClock;
  readonly rights: Readonly<Partial<Record<RightKey, ComputedClock>>>;
};

/** Computes all clocks of a case with the rule that is handed in (the calendar stays outside of workflows). */
export const clocksOf = (state: CaseState, compute: (events: ClockEvents) => ComputedClock): CaseClocks => ({
  base: compute(clockEventsOf(state)),
  rights: Object.fromEntries(state.rights.map((right) => [right.key, compute(clockEventsOf(state, right))])),
});

/** The case with its clocks; a clock of a right that the case does not have is left out. */
export const withClocks = (state: CaseState, clocks: CaseClocks): CaseState => ({
  ...state,
  clock: clocks.base,
  rights: state.rights.map((right) => {
    const clock = clocks.rights[right.key];
    return clock === undefined ? right : { ...right, clock };
  }),
});

/** The case after several events of one step. */
export const applyEvents = (state: CaseState | undefined, events: readonly CaseEvent[], meta: EventMeta): CaseState => {
  const after = events.reduce<CaseState | undefined>((before, event) => applyEvent(before, event, meta), state);
  if (after === undefined) throw new TypeError('A case begins with its receipt');
  return after;
};

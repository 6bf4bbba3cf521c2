/** The fold: what each event does to a case. Total: whether an event may happen was decided before it was written. */
import { assertNever } from '../../assert-never.ts';
import type { Instant } from '../../time/instant.ts';
import { applyDecisionEvent } from './apply-decision-event.ts';
import { applyIdentityEvent } from './apply-identity-event.ts';
import { applyLetterEvent } from './apply-letter-event.ts';
import { applyReceiptEvent } from './apply-receipt-event.ts';
import { applyReopening } from './apply-reopening.ts';
import { applyRestrictionEvent } from './apply-restriction-event.ts';
import { applySearchEvent } from './apply-search-event.ts';
import { applyWithdrawal } from './apply-withdrawal.ts';
import { mapRights, openRight, orderLetter } from './case-parts.ts';
import type { CaseState } from './case-state.ts';
import type { CaseEvent, EventMeta, Intake } from './events.ts';
import { settle } from './settle.ts';

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
      const link = { proceeding, ...(suspensionId === undefined ? {} : { suspensionId }) };
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
export const applyEvent = (state: CaseState | undefined, event: CaseEvent, meta: EventMeta): CaseState => {
  if (event.kind === 'received') return receivedCase(event.intake, meta.at);
  if (state === undefined) throw new TypeError('A case begins with its receipt');
  const revision = state.revision + 1;
  const changed = settle({ ...change(state, event, meta), revision });
  const { commandId } = meta;
  if (commandId === undefined) return changed;
  const others = changed.recentCommands.filter((command) => command.commandId !== commandId);
  return { ...changed, recentCommands: [...others, { commandId, revision }].slice(-remembered) };
};

/**
 * May this person do this to this case now, and what follows? A pure function: the workflow's update validators call it, and again
 * before a command is written. It never decides on a right; it checks that people did in due form.
 */
import { assertNever } from '../../assert-never.ts';
import type { CaseState } from './case-state.ts';
import { findLetter, findRight } from './case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta } from './commands.ts';
import { decideAnswer } from './decide-answer.ts';
import { decideIdentity } from './decide-identity.ts';
import { decideReceipt } from './decide-receipt.ts';
import { decideRestriction } from './decide-restriction.ts';
import { decideSending, deliveredEvent } from './decide-sending.ts';
import type { CaseEvent } from './events.ts';
import { optOutOf, type RightKey } from './rights.ts';
import { stateRefusal } from './state-refusal.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

/** What is wrong with a list of rights, if anything. */
const rightsFault = (keys: readonly RightKey[], rules: CaseRules): Verdict | undefined => {
  if (keys.length === 0) return refused('rights_missing');
  const unknown = keys.find((key) => {
    const optOut = optOutOf(key);
    return optOut !== undefined && !rules.optOuts.includes(optOut);
  });
  return unknown === undefined ? undefined : refused('opt_out_unknown', unknown);
};

const triage = (command: Extract<CaseCommand, { kind: 'triage' }>, meta: CommandMeta, rules: CaseRules): Verdict => {
  if (command.verdict === 'rights-request') {
    const rights = [...new Set(command.rights)];
    return rightsFault(rights, rules) ?? accepted({ kind: 'recognised', rights, letterId: meta.commandId });
  }
  // INPS's notice: what is no rights request is not considered and gets no reply; who said so and why is on file.
  const note = rules.notARequest === 'short-note' || command.passedOn;
  return accepted({
    kind: 'found-no-request',
    passedOn: command.passedOn,
    ...(note ? { letterId: meta.commandId } : {}),
  });
};

const extend = (state: CaseState, command: Extract<CaseCommand, { kind: 'extend' }>, meta: CommandMeta): Verdict => {
  for (const key of command.rights) {
    const right = findRight(state, key);
    if (right?.extension !== undefined) return refused('already_extended', key);
    const clock = right?.clock;
    if (clock === undefined) return refused('clock_unknown', key);
    if (clock.firstMonthEndsAt === undefined) return refused('clock_stands_still', key);
    if (meta.at >= clock.firstMonthEndsAt) return refused('too_late_to_extend', clock.firstMonthLastDay);
  }
  const { rights, months, reason } = command;
  return accepted({ kind: 'extension-ordered', rights, months, reason, letterId: meta.commandId });
};

const reopen = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'confirm-reopening' | 'decline-reopening' }>,
  meta: CommandMeta,
  rules: CaseRules,
): Verdict => {
  if (command.kind === 'decline-reopening') return accepted({ kind: 'reopening-declined' });
  if (state.reopening?.by === meta.actor) return refused('second_person_needed');
  // The machine is taking the restriction away; in a moment it can be put in force anew.
  const lifting = state.rights.find(({ restriction }) => restriction?.state === 'lifting');
  if (lifting !== undefined) return refused('not_executed', lifting.key);
  const rights = [...new Set(command.rights)];
  return rightsFault(rights, rules) ?? accepted({ kind: 'reopened', rights });
};

const review = (state: CaseState, meta: CommandMeta, event: CaseEvent): Verdict =>
  state.review?.by === meta.actor ? refused('second_person_needed') : accepted(event);

/** Decides a command. `meta.at` is the time of the call; `rules` are the controller's. */
export const decideCommand = (state: CaseState, command: CaseCommand, meta: CommandMeta, rules: CaseRules): Verdict => {
  const refusal = stateRefusal(state, command, meta);
  if (refusal !== undefined) return { kind: 'refused', refusal };
  switch (command.kind) {
    case 'triage':
      return triage(command, meta, rules);
    case 'ask-requester':
    case 'record-answer':
    case 'confirm-identity':
      return decideIdentity(state, command, meta, rules);
    case 'extend':
      return extend(state, command, meta);
    case 'correct-receipt':
      return decideReceipt(state, command, meta);
    case 'repeat-search':
      return accepted({ kind: 'search-ordered' });
    case 'submit-review':
      return accepted({ kind: 'review-submitted', withheld: command.withheld });
    case 'confirm-review':
      return review(state, meta, { kind: 'review-confirmed' });
    case 'return-review':
      return review(state, meta, { kind: 'review-returned' });
    case 'prepare-decision':
    case 'give-opinion':
    case 'return-decision':
    case 'decide':
    case 'compose-answer':
      return decideAnswer(state, command, meta);
    case 'record-delivery':
      return delivery(state, command, meta, rules);
    case 'send-letter':
    case 'report-undelivered':
      return decideSending(state, command, meta);
    case 'withdraw':
      return accepted({ kind: 'rights-withdrawn', rights: [...new Set(command.rights)], letterId: meta.commandId });
    case 'announce-lifting':
    case 'lift-restriction':
      return decideRestriction(state, command, meta);
    case 'request-reopening':
      return accepted({ kind: 'reopening-requested' });
    case 'confirm-reopening':
    case 'decline-reopening':
      return reopen(state, command, meta, rules);
    case 'link-proceeding':
      return accepted({
        kind: 'proceeding-linked',
        proceeding: command.proceeding,
        ...(command.suspensionId === undefined ? {} : { suspensionId: command.suspensionId }),
      });
    case 'add-note':
      return accepted({ kind: 'note-added' });
    default:
      return assertNever(command);
  }
};

const delivery = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'record-delivery' }>,
  meta: CommandMeta,
  rules: CaseRules,
): Verdict => {
  const letter = findLetter(state, command.letterId);
  if (letter === undefined) return refused('letter_unknown');
  if (letter.state === 'ordered') return refused('letter_not_composed');
  if (letter.state === 'delivered') return refused('already_delivered');
  const { deliveredAt } = command;
  if (deliveredAt > meta.at || deliveredAt < letter.orderedAt) return refused('delivery_date_impossible');
  return accepted(deliveredEvent(state, letter, { deliveredAt, proof: command.proof }, rules));
};

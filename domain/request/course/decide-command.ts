/**
 * Whether a command is accepted, and with which events: the state first, by the table of `commands.ts`, then the rules of the command.
 * Pure: the workflow judges each command with it, the API judges commands on closed cases and previews with the same rules. Replayed in
 * workflows.
 */
import { given } from '../../given.ts';
import { assertNever } from '../../result.ts';
import { type CaseState, erasureWaits, findLetter, findRight, type RightCase } from './case-state.ts';
import {
  type CaseCommand,
  type CaseRole,
  type CaseRules,
  type CommandKind,
  type CommandMeta,
  caseRoles,
  ruleOf,
} from './commands.ts';
import { decideAnswer } from './deciding.ts';
import type { CaseEvent } from './events.ts';
import { decideIdentity, decideReceipt } from './intake.ts';
import { decideSending, deliveredEvent } from './letters.ts';
import { accepted, type Refusal, type RefusalCode, refused, type Verdict } from './refusals.ts';
import { decideRestriction } from './restrictions.ts';
import { optOutOf, type RightKey } from './rights.ts';

const isCaseRole = (role: string): role is CaseRole => caseRoles.some((known) => known === role);

/** The rights a command is about, or `undefined` where it is about the case. */
const rightsOf = (command: CaseCommand, state: CaseState): readonly RightKey[] | undefined => {
  switch (command.kind) {
    case 'prepare-decision':
    case 'give-opinion':
    case 'return-decision':
    case 'decide':
    case 'announce-lifting':
    case 'lift-restriction':
      return [command.right];
    case 'extend':
    case 'compose-answer':
    case 'withdraw':
      return command.rights;
    case 'repeat-search':
      return state.rights.filter((right) => right.state !== 'closed').map(({ key }) => key);
    default:
      return undefined;
  }
};

const stageReason = (state: CaseState, command: CommandKind): RefusalCode => {
  if (command === 'triage') return state.stage === 'closed' ? 'case-closed' : 'already-triaged';
  if (command === 'ask-requester' && state.stage === 'identification-asked') return 'asked-already';
  switch (state.stage) {
    case 'received':
      return 'not-triaged';
    case 'identification':
      return 'identity-open';
    case 'identification-asked':
      return command === 'extend'
        ? 'clock-stands-still'
        : command === 'confirm-identity'
          ? 'answer-awaited'
          : 'identity-open';
    case 'searching':
      return 'search-running';
    case 'reviewing':
    case 'review-confirmation':
      return 'review-open';
    case 'closed':
      return 'case-closed';
    case 'deciding':
    case 'closing-letter':
    case 'standing':
    case 'reopening':
      return 'not-in-this-state';
  }
};

const rightReason = (right: RightCase, command: CommandKind): RefusalCode => {
  switch (right.state) {
    case 'open':
      return 'decision-unprepared';
    case 'prepared':
      return command === 'decide' ? 'opinion-missing' : 'not-executed';
    case 'advised':
      return command === 'give-opinion' ? 'not-in-this-state' : 'not-executed';
    case 'executing':
      return command === 'compose-answer' ? 'not-executed' : 'already-decided';
    case 'executed':
    case 'lettered':
    case 'closed':
      return 'already-decided';
  }
};

/** The refusal because of who, which revision, or the state; `undefined` where the table permits the command. */
const stateRefusal = (state: CaseState, command: CaseCommand, meta: CommandMeta): Refusal | undefined => {
  const rule = ruleOf(command.kind);
  if (!meta.actsForController) return { code: 'controller-not-yours' };
  if (!isCaseRole(meta.role) || !rule.roles.includes(meta.role)) {
    return { code: 'role-not-allowed', detail: `${command.kind} is for ${rule.roles.join(', ')}.` };
  }
  if (meta.expectedRevision !== undefined && meta.expectedRevision !== state.revision) {
    return {
      code: 'changed-meanwhile',
      detail: `It was read at revision ${meta.expectedRevision} and is at ${state.revision}.`,
    };
  }
  if (!rule.stages.includes(state.stage)) {
    return {
      code: stageReason(state, command.kind),
      detail: `${command.kind} is for a case at ${rule.stages.join(', ')}; this one is at ${state.stage}.`,
    };
  }
  const keys = rightsOf(command, state);
  if (keys === undefined || rule.rightStates === undefined) return undefined;
  if (keys.length === 0) return { code: 'rights-missing' };
  for (const key of keys) {
    const right = findRight(state, key);
    if (right === undefined) return { code: 'right-unknown', detail: key };
    const fits = rule.rightStates.includes(right.state) || (command.kind === 'withdraw' && erasureWaits(right));
    if (!fits && (command.kind === 'announce-lifting' || command.kind === 'lift-restriction'))
      return { code: 'no-restriction', detail: key };
    if (!fits) return { code: rightReason(right, command.kind), detail: key };
  }
  return undefined;
};

/** What is wrong with a list of rights, if anything. */
const rightsFault = (keys: readonly RightKey[], rules: CaseRules): Verdict | undefined => {
  if (keys.length === 0) return refused('rights-missing');
  const unknown = keys.find((key) => {
    const optOut = optOutOf(key);
    return optOut !== undefined && !rules.optOuts.includes(optOut);
  });
  return unknown === undefined ? undefined : refused('opt-out-not-promised', unknown);
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
    if (right?.extension !== undefined) return refused('already-extended', key);
    const clock = right?.clock;
    if (clock === undefined) return refused('clock-unknown', key);
    if (clock.firstMonthEndsAt === undefined) return refused('clock-stands-still', key);
    if (meta.at >= clock.firstMonthEndsAt) return refused('too-late-to-extend', clock.firstMonthLastDay);
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
  if (state.reopening?.by === meta.actor) return refused('second-person-needed');
  // The machine is taking the restriction away; in a moment it can be put in force anew.
  const lifting = state.rights.find(({ restriction }) => restriction?.state === 'lifting');
  if (lifting !== undefined) return refused('not-executed', lifting.key);
  const rights = [...new Set(command.rights)];
  return rightsFault(rights, rules) ?? accepted({ kind: 'reopened', rights });
};

const review = (state: CaseState, meta: CommandMeta, event: CaseEvent): Verdict =>
  state.review?.by === meta.actor ? refused('second-person-needed') : accepted(event);

/**
 * Decides a command: may this person do this to this case now, and what follows. It never decides on a right; it checks that people did
 * in due form. `meta.at` is the time of the call; `rules` are the controller's.
 */
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
        ...given({ suspensionId: command.suspensionId }),
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
  if (letter === undefined) return refused('letter-not-in-case');
  if (letter.state === 'ordered') return refused('letter-not-composed');
  if (letter.state === 'delivered') return refused('already-delivered');
  const { deliveredAt } = command;
  if (deliveredAt > meta.at || deliveredAt < letter.orderedAt) return refused('delivery-date-impossible');
  return accepted(deliveredEvent(state, letter, { deliveredAt, proof: command.proof }, rules));
};

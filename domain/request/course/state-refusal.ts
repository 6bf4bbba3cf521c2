/**
 * Whether a command fits the state of a case, read from the transition table, and if not, the reason that tells the caller what has
 * to happen first.
 */
import type { CaseState, RightCase } from './case-state.ts';
import { erasureWaits, findRight } from './case-state.ts';
import { type CaseCommand, type CaseRole, type CommandKind, type CommandMeta, caseRoles } from './commands.ts';
import type { Refusal, RefusalCode } from './refusals.ts';
import type { RightKey } from './rights.ts';
import { ruleOf } from './transitions.ts';

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
  if (command === 'triage') return state.stage === 'closed' ? 'case_closed' : 'already_triaged';
  if (command === 'ask-requester' && state.stage === 'identification-asked') return 'asked_already';
  switch (state.stage) {
    case 'received':
      return 'not_triaged';
    case 'identification':
      return 'identity_open';
    case 'identification-asked':
      return command === 'extend'
        ? 'clock_stands_still'
        : command === 'confirm-identity'
          ? 'answer_awaited'
          : 'identity_open';
    case 'searching':
      return 'search_running';
    case 'reviewing':
    case 'review-confirmation':
      return 'review_open';
    case 'closed':
      return 'case_closed';
    case 'deciding':
    case 'closing-letter':
    case 'standing':
    case 'reopening':
      return 'not_in_this_state';
  }
};

const rightReason = (right: RightCase, command: CommandKind): RefusalCode => {
  switch (right.state) {
    case 'open':
      return 'decision_unprepared';
    case 'prepared':
      return command === 'decide' ? 'opinion_missing' : 'not_executed';
    case 'advised':
      return command === 'give-opinion' ? 'not_in_this_state' : 'not_executed';
    case 'executing':
      return command === 'compose-answer' ? 'not_executed' : 'already_decided';
    case 'executed':
    case 'lettered':
    case 'closed':
      return 'already_decided';
  }
};

/** The refusal because of who, which revision, or the state; `undefined` where the table permits the command. */
export const stateRefusal = (state: CaseState, command: CaseCommand, meta: CommandMeta): Refusal | undefined => {
  const rule = ruleOf(command.kind);
  if (!meta.actsForController) return { code: 'not_your_controller' };
  if (!isCaseRole(meta.role) || !rule.roles.includes(meta.role)) {
    return { code: 'role_may_not', detail: `${command.kind} is for ${rule.roles.join(', ')}.` };
  }
  if (meta.expectedRevision !== undefined && meta.expectedRevision !== state.revision) {
    return {
      code: 'changed_meanwhile',
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
  if (keys.length === 0) return { code: 'rights_missing' };
  for (const key of keys) {
    const right = findRight(state, key);
    if (right === undefined) return { code: 'right_unknown', detail: key };
    const fits = rule.rightStates.includes(right.state) || (command.kind === 'withdraw' && erasureWaits(right));
    if (!fits && (command.kind === 'announce-lifting' || command.kind === 'lift-restriction'))
      return { code: 'no_restriction', detail: key };
    if (!fits) return { code: rightReason(right, command.kind), detail: key };
  }
  return undefined;
};

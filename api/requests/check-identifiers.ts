/**
 * A refusal that cannot be looked up is not respected: an opt-out or a withdrawn consent needs an identifier under which systems that
 * send ask. Refused while the requester can still be asked for one, and again before it is decided.
 */
import type { CaseState } from '../../domain/request/course/case-state.ts';
import { findRight } from '../../domain/request/course/case-state.ts';
import { refusals } from '../../domain/request/course/refusals.ts';
import { type RightKey, rightKind } from '../../domain/request/course/rights.ts';
import { undecidedStates } from '../../domain/request/course/states.ts';
import { knowsIdentifier } from '../../storage/requests/identifiers.ts';
import type { ApiDeps } from '../http/context.ts';
import { refusal } from '../http/problems.ts';
import type { ParsedCommand } from './command-bodies.ts';

const isLookedUp = (key: RightKey): boolean => rightKind(key) === 'opt-out' || rightKind(key) === 'consent-withdrawal';

/** The rights of which the command makes a refusal that must be found again. */
const rightsMeant = (state: CaseState, { command, words }: ParsedCommand): readonly RightKey[] => {
  switch (command.kind) {
    case 'confirm-identity':
      return state.stage !== 'identification' || (words.identifiers ?? []).length > 0
        ? []
        : state.rights.filter((right) => right.state === 'open').map(({ key }) => key);
    case 'prepare-decision':
    case 'decide': {
      const right = findRight(state, command.right);
      return right !== undefined && undecidedStates.includes(right.state) ? [right.key] : [];
    }
    default:
      return [];
  }
};

/** Refuses with `identifier_missing` where the case knows no identifier and the command brings none. */
export const checkIdentifiers = async (deps: ApiDeps, state: CaseState, parsed: ParsedCommand): Promise<void> => {
  const meant = rightsMeant(state, parsed).filter(isLookedUp);
  if (meant.length === 0) return;
  if (!(await knowsIdentifier(deps.database, state.caseId))) {
    throw refusal('identifier_missing', { detail: `${refusals.identifier_missing.title}: ${meant.join(', ')}.` });
  }
};

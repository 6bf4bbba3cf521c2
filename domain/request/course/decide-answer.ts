/**
 * Commands that lead to the answer on a right: prepared by the DPO's staff, with the DPO's opinion on file, decided by an officer of
 * the controller who did neither (Arts. 38(6), 39), told inside the first month where it denies anything (12(4)).
 */
import type { CaseState } from './case-state.ts';
import { findRight } from './case-state.ts';
import type { CaseCommand, CommandMeta } from './commands.ts';
import { allGrounds, type Decision, type DecisionFault, decisionFault } from './decision.ts';
import { outcomeWeight } from './outcomes.ts';
import { type RightKey, rightKind } from './rights.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

type AnswerCommand = Extract<
  CaseCommand,
  { kind: 'prepare-decision' | 'give-opinion' | 'return-decision' | 'decide' | 'compose-answer' }
>;

/** What the person is told of a copy is what the review lets out of it (Art. 15(4), 12(4)). */
const reviewFault = ({ review }: CaseState, { right, decision }: { right: RightKey; decision: Decision }) => {
  const withheld = review?.withheld ?? 0;
  if (rightKind(right) !== 'access') return undefined;
  const contradicts =
    (decision.outcome === 'granted' && withheld > 0) || (decision.outcome === 'partly-granted' && withheld === 0);
  return contradicts ? ('review_contradicts' as const) : undefined;
};

/** Only the rights of the dead know the standing and the ban of Code art. 2-terdecies: nobody is refused their own data by it. */
const standingFault = ({ identity }: CaseState, decision: Decision) =>
  allGrounds(decision).some((ground) => ground.startsWith('2-terdecies')) && !identity.capacity.startsWith('deceased')
    ? ('ground_of_the_deceased' as const)
    : undefined;

const faultOf = (
  state: CaseState,
  command: { readonly right: RightKey; readonly decision: Decision },
): DecisionFault | 'review_contradicts' | 'ground_of_the_deceased' | undefined =>
  decisionFault(rightKind(command.right), command.decision, state.manifest) ??
  standingFault(state, command.decision) ??
  reviewFault(state, command);

const decide = (state: CaseState, command: Extract<AnswerCommand, { kind: 'decide' }>, meta: CommandMeta): Verdict => {
  const { right: key, decision } = command;
  const right = findRight(state, key);
  if (right?.prepared?.by === meta.actor || right?.opinion?.by === meta.actor) return refused('second_person_needed');
  const kind = rightKind(key);
  const fault = faultOf(state, command);
  if (fault !== undefined) return refused(fault);
  const clock = right?.clock;
  if (clock === undefined) return refused('clock_unknown');
  // A right granted for one class and denied for another is a refusal in part, whatever its outcome is called.
  const denies =
    outcomeWeight(kind, decision.outcome) !== 'full' || decision.lines.some(({ result }) => result !== 'granted');
  const late = denies && clock.firstMonthEndsAt !== undefined && meta.at >= clock.firstMonthEndsAt;
  if (late && !command.acknowledgedLate) return refused('refusal_late', clock.firstMonthLastDay);
  return accepted({ kind: 'decided', right: key, decision, late });
};

/** Decides a command on the way to an answer. */
export const decideAnswer = (state: CaseState, command: AnswerCommand, meta: CommandMeta): Verdict => {
  switch (command.kind) {
    case 'prepare-decision': {
      const fault = faultOf(state, command);
      if (fault !== undefined) return refused(fault);
      return accepted({ kind: 'decision-prepared', right: command.right, decision: command.decision });
    }
    case 'give-opinion':
      return accepted({ kind: 'opinion-given', right: command.right, opinion: command.opinion });
    case 'return-decision':
      return accepted({ kind: 'decision-returned', right: command.right });
    case 'decide':
      return decide(state, command, meta);
    case 'compose-answer':
      return accepted({
        kind: 'letter-ordered',
        letterId: meta.commandId,
        letter: 'answer',
        rights: [...new Set(command.rights)],
      });
  }
};

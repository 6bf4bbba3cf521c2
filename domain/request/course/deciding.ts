/**
 * Search, review, decision and execution: which commands are accepted on the way to an answer, and what their events do to the case.
 * Replayed in workflows.
 */
import { given } from '../../given.ts';
import { allKeys, type CaseState, findRight, mapRights, orderLetter, type RightCase, undecide } from './case-state.ts';
import type { CaseCommand, CommandMeta } from './commands.ts';
import { allGrounds, type Decision, type DecisionFault, decisionFault } from './decision.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { outcomeWeight } from './grounds.ts';
import { accepted, refused, type Verdict } from './refusals.ts';
import { applyRestrictionEvent } from './restrictions.ts';
import { rights as definitions, type RightKey, rightKind } from './rights.ts';
import { undecidedStates } from './states.ts';

type SearchEvent = Extract<
  CaseEvent,
  { kind: 'search-ordered' | 'search-finished' | 'review-submitted' | 'review-confirmed' | 'review-returned' }
>;

const afterSearch = (state: CaseState): CaseState => ({
  ...state,
  stage:
    (state.manifest?.records ?? 0) > 0 &&
    state.rights.some(({ key, state: at }) => at !== 'closed' && definitions[rightKind(key)].contentLeaves)
      ? 'reviewing'
      : 'deciding',
});

/** Once it is known which records a restriction covers, the recipients of these records are notified (Art. 19, 18(1)(a), (d)). */
const withRestrictionsTold = (
  state: CaseState,
  { manifest, restrictionsTold }: Extract<SearchEvent, { kind: 'search-finished' }>,
): CaseState => ({
  ...state,
  rights: state.rights.map((right) =>
    restrictionsTold === true &&
    manifest.records > 0 &&
    right.state !== 'closed' &&
    right.restriction !== undefined &&
    right.restriction.why !== 'decided' &&
    (right.restriction.state === 'ordered' || right.restriction.state === 'in-force')
      ? { ...right, recipients: 'due' }
      : right,
  ),
});

/** The case after an event of its search or review. */
export const applySearchEvent = (state: CaseState, event: SearchEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'search-ordered': {
      const { review: _, ...rest } = mapRights(state, allKeys(state), (right) =>
        undecidedStates.includes(right.state) ? undecide(right) : right,
      );
      return { ...rest, stage: 'searching' };
    }
    case 'search-finished':
      return afterSearch(withRestrictionsTold({ ...state, manifest: event.manifest }, event));
    case 'review-submitted':
      return { ...state, stage: 'review-confirmation', review: { by: meta.actor, withheld: event.withheld } };
    case 'review-confirmed':
      return {
        ...state,
        stage: 'deciding',
        ...(state.review === undefined ? {} : { review: { ...state.review, confirmedBy: meta.actor } }),
      };
    case 'review-returned': {
      const { review: _, ...rest } = state;
      return { ...rest, stage: 'reviewing' };
    }
  }
};

// Commands that lead to the answer on a right: prepared by the DPO's staff, with the DPO's opinion on file, decided
// by an officer of the controller who did neither (Arts. 38(6), 39), with the person informed inside the first month where it denies
// anything (12(4)).

type AnswerCommand = Extract<
  CaseCommand,
  { kind: 'prepare-decision' | 'give-opinion' | 'return-decision' | 'decide' | 'compose-answer' }
>;

/** What the answer says of a copy is what the review lets out of it (Art. 15(4), 12(4)). */
const reviewFault = ({ review }: CaseState, { right, decision }: { right: RightKey; decision: Decision }) => {
  const withheld = review?.withheld ?? 0;
  if (rightKind(right) !== 'access') return undefined;
  const contradicts =
    (decision.outcome === 'granted' && withheld > 0) || (decision.outcome === 'partly-granted' && withheld === 0);
  return contradicts ? ('review-contradicts' as const) : undefined;
};

/**
 * Standing and prohibition under Code art. 2-terdecies concern the data of persons who have died: a request for one's own data is never
 * refused by it.
 */
const standingFault = ({ identity }: CaseState, decision: Decision) =>
  allGrounds(decision).some((ground) => ground.startsWith('2-terdecies')) && !identity.capacity.startsWith('deceased')
    ? ('ground-of-the-deceased' as const)
    : undefined;

const faultOf = (
  state: CaseState,
  command: { readonly right: RightKey; readonly decision: Decision },
): DecisionFault | 'review-contradicts' | 'ground-of-the-deceased' | undefined =>
  decisionFault(rightKind(command.right), command.decision, state.manifest) ??
  standingFault(state, command.decision) ??
  reviewFault(state, command);

const decide = (state: CaseState, command: Extract<AnswerCommand, { kind: 'decide' }>, meta: CommandMeta): Verdict => {
  const { right: key, decision } = command;
  const right = findRight(state, key);
  if (right?.prepared?.by === meta.actor || right?.opinion?.by === meta.actor) return refused('second-person-needed');
  const kind = rightKind(key);
  const fault = faultOf(state, command);
  if (fault !== undefined) return refused(fault);
  const clock = right?.clock;
  if (clock === undefined) return refused('clock-unknown');
  // A right granted for one class and denied for another is a refusal in part, whatever its outcome is called.
  const denies =
    outcomeWeight(kind, decision.outcome) !== 'full' || decision.lines.some(({ result }) => result !== 'granted');
  const late = denies && clock.firstMonthEndsAt !== undefined && meta.at >= clock.firstMonthEndsAt;
  if (late && !command.acknowledgedLate) return refused('refusal-late', clock.firstMonthLastDay);
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

type DecisionEvent = Extract<
  CaseEvent,
  {
    kind:
      | 'decision-prepared'
      | 'opinion-given'
      | 'decision-returned'
      | 'decided'
      | 'executed'
      | 'held-erased'
      | 'recipients-told';
  }
>;

type Done = Extract<CaseEvent, { kind: 'executed' | 'held-erased' }>;

/** Art. 19: recipients are notified of every change there was. */
const recipientsAfter = ({ key, recipients }: RightCase, changed: boolean): Pick<RightCase, 'recipients'> => {
  if (changed && definitions[rightKind(key)].recipientsTold) return { recipients: 'due' };
  return recipients === undefined ? {} : { recipients };
};

const withDone = (
  { heldErasure: _, executed: before, ...right }: RightCase,
  event: Done,
  meta: EventMeta,
): RightCase => {
  const { kept, records } = event;
  const certificates = event.certificateCount ?? event.certificates.length;
  const changed = records > (before?.records ?? 0) || certificates > (before?.certificates ?? 0);
  return {
    ...right,
    executed: { at: meta.at, records, certificates, ...(kept === undefined ? {} : { kept: kept.records }) },
    ...recipientsAfter(right, changed),
    // What keeps a record back defers its erasure, and takes nothing from the decision (Art. 17(3)).
    ...(kept === undefined ? {} : { heldErasure: { state: 'waiting', ...given({ reviewAt: event.reviewAt }) } }),
  };
};

/** Nothing is held back any more: the person is informed, unless the answer itself still has to be written. */
const withLetter = (
  state: CaseState,
  { right, letterId, kept }: Extract<CaseEvent, { kind: 'held-erased' }>,
  meta: EventMeta,
): CaseState =>
  letterId === undefined || kept !== undefined
    ? state
    : orderLetter(
        mapRights(state, [right], (one) => ({ ...one, heldErasure: { state: 'telling', letterId } })),
        letterId,
        'answer',
        [right],
        meta.at,
      );

/** The case after an event on the way from a prepared decision to what was done. */
export const applyDecisionEvent = (state: CaseState, event: DecisionEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'decision-prepared':
      return mapRights(state, [event.right], ({ opinion: _, ...right }) => ({
        ...right,
        state: 'prepared',
        prepared: { by: meta.actor, at: meta.at, decision: event.decision },
      }));
    case 'opinion-given':
      return mapRights(state, [event.right], (right) => ({
        ...right,
        state: 'advised',
        opinion: { by: meta.actor, at: meta.at, opinion: event.opinion },
      }));
    case 'decision-returned':
      return mapRights(state, [event.right], undecide);
    case 'decided':
      return mapRights(state, [event.right], (right) => ({
        ...right,
        state: 'executing',
        decided: { by: meta.actor, at: meta.at, decision: event.decision, late: event.late },
      }));
    case 'executed':
      return applyRestrictionEvent(
        mapRights(state, [event.right], (right) => ({ ...withDone(right, event, meta), state: 'executed' })),
        event,
      );
    case 'held-erased':
      return withLetter(
        mapRights(state, [event.right], (right) => withDone(right, event, meta)),
        event,
        meta,
      );
    case 'recipients-told':
      return mapRights(state, [event.right], (right) => ({ ...right, recipients: 'ordered' }));
  }
};

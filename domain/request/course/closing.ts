/**
 * How a case ends and starts again: withdrawal, the stage that follows when every right is answered, reopening. Replayed in workflows.
 */
import { given } from '../../given.ts';
import {
  type CaseRestriction,
  type CaseState,
  erasureWaits,
  heldErasures,
  liveRestrictions,
  mapRights,
  openRight,
  orderLetter,
  type RightCase,
  undecide,
} from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { rights as definitions, rightKind } from './rights.ts';
import type { Stage } from './states.ts';

const atWork: readonly Stage[] = [
  'identification',
  'identification-asked',
  'searching',
  'reviewing',
  'review-confirmation',
  'received',
];

/** Where a case is when every right is answered: standing while a restriction or a deferred erasure is left, else closed. */
const answeredStage = (state: CaseState): Stage =>
  liveRestrictions(state).length > 0 || heldErasures(state).length > 0 ? 'standing' : 'closed';

/**
 * The case with its stage brought in line with its rights: with nothing left to decide it goes on to its last letter, to what stands after
 * the answer (a restriction, an erasure held back), or is closed.
 */
export const settle = (state: CaseState): CaseState => {
  if (state.stage === 'reopening' || state.stage === 'closed') return state;
  if (state.rights.length === 0) {
    // A message without any right: only its note, if one was ordered, keeps it open.
    const note = state.letters.find(({ kind }) => kind === 'not-a-request');
    return note?.state === 'delivered' ? { ...state, stage: 'closed' } : state;
  }
  if (state.rights.every((right) => right.state === 'closed')) return { ...state, stage: answeredStage(state) };
  const nothingToDecide = state.rights.every((right) => right.state === 'closed' || right.state === 'lettered');
  return nothingToDecide && atWork.includes(state.stage) ? { ...state, stage: 'closing-letter' } : state;
};

/** The letter of the withdrawal is the answer to a right that has none yet. */
const endedBy = (right: RightCase, letterId: string): RightCase => ({
  ...right,
  state: 'lettered',
  letterId,
  ending: 'withdrawal',
});

const withdrawn = (right: RightCase, letterId: string): RightCase => {
  if (!erasureWaits(right)) return endedBy(undecide(right), letterId);
  const { heldErasure: _, ...decided } = right;
  return right.state === 'executed'
    ? endedBy(decided, letterId)
    : { ...right, heldErasure: { state: 'telling', letterId, withdrawn: true } };
};

/** The case after a person took back some of what was asked. */
export const applyWithdrawal = (
  state: CaseState,
  { rights, letterId }: Extract<CaseEvent, { kind: 'rights-withdrawn' }>,
  meta: EventMeta,
): CaseState =>
  orderLetter(
    mapRights(state, rights, (right) => withdrawn(right, letterId)),
    letterId,
    'request-withdrawn',
    rights,
    meta.at,
  );

// A case that was answered is taken up again, with a reason and a second person: to correct a mistake, or on an order
// (Art. 58(2)).

type ReopeningEvent = Extract<CaseEvent, { kind: 'reopening-requested' | 'reopened' | 'reopening-declined' }>;

/** What holds by law while a right is weighed holds again, or goes on: a lifting that was announced is off (Art. 18(1)(a), (d)). */
const restrictionOf = ({ key, restriction }: RightCase): CaseRestriction | undefined => {
  const why = definitions[rightKind(key)].restrictsMeanwhile;
  if (why === undefined) return restriction;
  if (restriction === undefined || restriction.state === 'lifted') return { why, state: 'ordered' };
  const { liftNotBefore: _, ...held } = restriction;
  return restriction.state === 'ordered' ? restriction : { ...held, state: 'in-force' };
};

/** A reopened right is weighed anew, and what its decision had left to be done waits for the new one; its extension and clock stay. */
const reopenedRight = (right: RightCase): RightCase => {
  const { key, extension, clock } = right;
  const restriction = restrictionOf(right);
  return { key, state: 'open', ...given({ restriction, extension, clock }) };
};

/** The case after staff asked to reopen it, and after a second person said yes or no. */
export const applyReopening = (state: CaseState, event: ReopeningEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'reopening-requested':
      return { ...state, stage: 'reopening', reopening: { by: meta.actor, at: meta.at } };
    case 'reopened': {
      const { reopening: _, ...rest } = mapRights(state, event.rights, reopenedRight);
      const known = event.rights.filter((key) => !state.rights.some((right) => right.key === key)).map(openRight);
      return {
        ...rest,
        rights: [...rest.rights, ...known],
        stage: state.identity.confirmed ? 'searching' : 'identification',
      };
    }
    case 'reopening-declined': {
      const { reopening: _, ...rest } = state;
      return { ...rest, stage: answeredStage(rest) };
    }
  }
};

/**
 * Restrictions of processing inside a case (Art. 18): placed while a right is weighed or because it was granted, announced before they
 * are lifted (18(3)), lifted only when the days of notice are over. Replayed in workflows.
 */
import { type CaseRestriction, type CaseState, findRight, type RightCase } from './case-state.ts';
import type { CaseCommand, CommandMeta } from './commands.ts';
import type { CaseEvent } from './events.ts';
import { accepted, refused, type Verdict } from './refusals.ts';
import type { RightKey } from './rights.ts';

/** Decides a command about a restriction in force. */
export const decideRestriction = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'announce-lifting' | 'lift-restriction' }>,
  meta: CommandMeta,
): Verdict => {
  const restriction = findRight(state, command.right)?.restriction;
  if (restriction === undefined || restriction.state === 'lifted' || restriction.state === 'lifting') {
    return refused('no-restriction');
  }
  if (command.kind === 'announce-lifting') {
    return restriction.state === 'in-force'
      ? accepted({ kind: 'lifting-announced', right: command.right, letterId: meta.commandId })
      : refused('not-in-this-state', 'A lifting is announced once, while the restriction is in force.');
  }
  if (restriction.state !== 'notice-given' || restriction.liftNotBefore === undefined) return refused('notice-missing');
  if (meta.at < restriction.liftNotBefore) return refused('notice-running', restriction.liftNotBefore);
  return accepted({ kind: 'lifting-ordered', right: command.right });
};

type RestrictionEvent = Extract<
  CaseEvent,
  {
    kind:
      | 'executed'
      | 'letter-delivered'
      | 'restriction-placed'
      | 'lifting-announced'
      | 'lifting-ordered'
      | 'restriction-lifted';
  }
>;

const onRight = (
  state: CaseState,
  key: RightKey,
  change: (restriction: CaseRestriction) => CaseRestriction,
): CaseState => ({
  ...state,
  rights: state.rights.map((right) =>
    right.key === key && right.restriction !== undefined ? { ...right, restriction: change(right.restriction) } : right,
  ),
});

/** A letter that informs the person: the notice itself, or an answer which says until when the restriction meant for its weighing holds. */
const tells = (right: RightCase, letterId: string, kind: string | undefined): boolean => {
  const { restriction } = right;
  if (restriction === undefined) return false;
  if (kind === 'restriction-to-be-lifted') return restriction.state === 'notice-ordered';
  const ends = kind === 'answer' || kind === 'request-withdrawn' || kind === 'closed-unidentified';
  return ends && right.letterId === letterId && restriction.why !== 'decided' && restriction.state === 'in-force';
};

/** The case after an event, as far as restrictions go. */
export const applyRestrictionEvent = (state: CaseState, event: RestrictionEvent): CaseState => {
  switch (event.kind) {
    case 'restriction-placed':
      return onRight(state, event.right, (restriction) => ({
        ...restriction,
        state: 'in-force',
        suspensionId: event.suspensionId,
        reviewAt: event.reviewAt,
      }));
    case 'executed': {
      const { restricted } = event;
      if (restricted === undefined) return state;
      return {
        ...state,
        rights: state.rights.map((right) =>
          right.key === event.right
            ? {
                ...right,
                restriction: {
                  why: 'decided',
                  state: 'in-force',
                  suspensionId: restricted.suspensionId,
                  reviewAt: restricted.reviewAt,
                },
              }
            : right,
        ),
      };
    }
    case 'letter-delivered': {
      const kind = state.letters.find(({ letterId }) => letterId === event.letterId)?.kind;
      const covers = state.letters.find(({ letterId }) => letterId === event.letterId)?.rights ?? [];
      return {
        ...state,
        rights: state.rights.map((right) => {
          if (right.restriction === undefined || !covers.includes(right.key) || !tells(right, event.letterId, kind))
            return right;
          const { liftNotBefore } = event;
          return { ...right, restriction: { ...right.restriction, state: 'notice-given', liftNotBefore } };
        }),
      };
    }
    case 'lifting-announced':
      return onRight(state, event.right, (restriction) => ({ ...restriction, state: 'notice-ordered' }));
    case 'lifting-ordered':
      return onRight(state, event.right, (restriction) => ({ ...restriction, state: 'lifting' }));
    case 'restriction-lifted':
      return onRight(state, event.right, (restriction) => ({ ...restriction, state: 'lifted' }));
  }
};

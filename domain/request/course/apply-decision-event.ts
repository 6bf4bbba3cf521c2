/** What is prepared, advised, decided and carried out on a right. */
import { applyRestrictionEvent } from './apply-restriction-event.ts';
import { mapRights, orderLetter, undecide } from './case-parts.ts';
import type { CaseState, RightCase } from './case-state.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { rights as definitions, rightKind } from './rights.ts';

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

/** Art. 19: whoever received something hears of every change there was. */
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
    ...(kept === undefined
      ? {}
      : { heldErasure: { state: 'waiting', ...(event.reviewAt === undefined ? {} : { reviewAt: event.reviewAt }) } }),
  };
};

/** Nothing is held back any more: the person is told, unless the answer itself still has to be written. */
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

/** What becomes of a letter, and what its delivery ends. */
import type { Instant } from '../../time/instant.ts';
import { applyRestrictionEvent } from './apply-restriction-event.ts';
import { mapLetter, mapRights, orderLetter } from './case-parts.ts';
import type { CaseState, RightCase } from './case-state.ts';
import type { LetterDispatch } from './delivery.ts';
import type { CaseEvent, EventMeta } from './events.ts';

type LetterEvent = Extract<
  CaseEvent,
  {
    kind:
      | 'letter-ordered'
      | 'letter-composed'
      | 'letter-released'
      | 'letter-sent'
      | 'letter-undelivered'
      | 'letter-delivered';
  }
>;

const dispatchAfter = (
  event: Extract<CaseEvent, { kind: 'letter-released' | 'letter-sent' | 'letter-undelivered' }>,
  at: Instant,
): LetterDispatch => {
  const { releaseId } = event;
  switch (event.kind) {
    case 'letter-released':
      return { releaseId, state: 'released', at };
    case 'letter-sent':
      return { releaseId, state: 'sent', at };
    case 'letter-undelivered':
      return { releaseId, state: 'undelivered', at, why: event.why };
  }
};

const delivered = (state: CaseState, event: Extract<CaseEvent, { kind: 'letter-delivered' }>): CaseState => {
  const letters = state.letters.map((letter) =>
    letter.letterId === event.letterId
      ? { ...letter, state: 'delivered' as const, deliveredAt: event.deliveredAt }
      : letter,
  );
  const rights = state.rights.map((right): RightCase => {
    if (right.extension?.letterId === event.letterId) {
      const told = { at: event.deliveredAt, void: event.extensionVoid === true };
      return { ...right, extension: { ...right.extension, told } };
    }
    if (right.heldErasure?.letterId === event.letterId) {
      const { heldErasure: _, ...told } = right;
      return told;
    }
    return right.state === 'lettered' && right.letterId === event.letterId ? { ...right, state: 'closed' } : right;
  });
  return applyRestrictionEvent({ ...state, letters, rights }, event);
};

/** The case after an event of one of its letters. */
export const applyLetterEvent = (state: CaseState, event: LetterEvent, meta: EventMeta): CaseState => {
  switch (event.kind) {
    case 'letter-ordered': {
      const { letterId } = event;
      const lettered = mapRights(state, event.rights, (right) => ({
        ...right,
        state: 'lettered',
        letterId,
        ending: 'answer',
      }));
      return orderLetter(lettered, letterId, event.letter, event.rights, meta.at);
    }
    case 'letter-composed':
      return mapLetter(state, event.letterId, (letter) => ({
        ...letter,
        state: 'composed',
        ...(event.channel === undefined ? {} : { channel: event.channel }),
      }));
    case 'letter-released':
    case 'letter-sent':
    case 'letter-undelivered':
      return mapLetter(state, event.letterId, (letter) => ({ ...letter, dispatch: dispatchAfter(event, meta.at) }));
    case 'letter-delivered':
      return delivered(state, event);
  }
};

/**
 * The letters of a case: releasing, sending and delivery, what a delivery ends, and which letters carry a copy of the data. Replayed in
 * workflows.
 */
import { given } from '../../given.ts';
import { days } from '../../time/duration.ts';
import { type Instant, instantPlus } from '../../time/instant.ts';
import {
  type CaseState,
  findLetter,
  findRight,
  type LetterState,
  mapLetter,
  mapRights,
  orderLetter,
  type RightCase,
} from './case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta, DeliveryProof } from './commands.ts';
import { isMailChannel, type LetterDispatch } from './delivery.ts';
import type { CaseEvent, EventMeta } from './events.ts';
import { accepted, refused, type Verdict } from './refusals.ts';
import { applyRestrictionEvent } from './restrictions.ts';
import { rightKind } from './rights.ts';

/**
 * May this letter be released, or reported as not arrived? A letter that came back can be released again: that a second copy may
 * arrive is then a person's decision, on the record.
 */
export const decideSending = (
  state: CaseState,
  command: Extract<CaseCommand, { kind: 'send-letter' | 'report-undelivered' }>,
  meta: CommandMeta,
): Verdict => {
  const letter = findLetter(state, command.letterId);
  if (letter === undefined) return refused('letter-not-in-case');
  if (letter.state === 'ordered') return refused('letter-not-composed');
  if (letter.state === 'delivered') return refused('already-delivered');
  const { letterId, dispatch } = letter;
  switch (command.kind) {
    case 'send-letter':
      if (letter.superseded === true) return refused('letter-superseded');
      if (!isMailChannel(letter.channel)) return refused('not-by-mail');
      if (dispatch?.state === 'released' || dispatch?.state === 'sent') return refused('letter-on-its-way');
      return accepted({ kind: 'letter-released', letterId, releaseId: meta.commandId });
    case 'report-undelivered':
      if (dispatch?.state !== 'sent') return refused('letter-not-sent');
      return accepted({ kind: 'letter-undelivered', letterId, releaseId: dispatch.releaseId, why: 'bounced' });
  }
};

/** The event of a letter's delivery. An extension of which the person is informed after the first month has no effect (Art. 12(3)). */
export const deliveredEvent = (
  state: CaseState,
  letter: LetterState,
  { deliveredAt, proof }: { readonly deliveredAt: Instant; readonly proof: DeliveryProof },
  rules: CaseRules,
): Extract<CaseEvent, { kind: 'letter-delivered' }> => {
  const late = letter.rights.some((key) => {
    const end = findRight(state, key)?.clock?.firstMonthEndsAt;
    return end === undefined || deliveredAt >= end;
  });
  return {
    kind: 'letter-delivered',
    letterId: letter.letterId,
    deliveredAt,
    proof,
    liftNotBefore: instantPlus(deliveredAt, days(rules.liftingNoticeDays)),
    ...(letter.kind === 'extension' && late ? { extensionVoid: true } : {}),
  };
};

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
        ...given({ channel: event.channel }),
      }));
    case 'letter-released':
    case 'letter-sent':
    case 'letter-undelivered':
      return mapLetter(state, event.letterId, (letter) => ({ ...letter, dispatch: dispatchAfter(event, meta.at) }));
    case 'letter-delivered':
      return delivered(state, event);
  }
};

/** Outcomes of each right that hand data over. */
const handsOver: Readonly<Record<string, readonly string[]>> = {
  access: ['granted', 'partly-granted'],
  portability: ['granted'],
};

/** Whether a letter comes with a copy of the data (Art. 15(3), 20(1)): the package is made with it, and handed over with it. */
export const carriesCopy = (state: CaseState, letterId: string): boolean => {
  const letter = findLetter(state, letterId);
  return (
    letter?.kind === 'answer' &&
    state.manifest !== undefined &&
    state.rights.some(
      ({ key, decided }) =>
        letter.rights.includes(key) &&
        decided !== undefined &&
        (handsOver[rightKind(key)] ?? []).includes(decided.decision.outcome),
    )
  );
};

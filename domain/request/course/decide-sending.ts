/** Releasing a letter for sending, and what its delivery means for the case; part of `decideCommand`. */
import { days } from '../../time/duration.ts';
import { type Instant, instantPlus } from '../../time/instant.ts';
import type { CaseState, LetterState } from './case-state.ts';
import { findLetter, findRight } from './case-state.ts';
import type { CaseCommand, CaseRules, CommandMeta, DeliveryProof } from './commands.ts';
import { isMailChannel } from './delivery.ts';
import type { CaseEvent } from './events.ts';
import { accepted, refused, type Verdict } from './verdict.ts';

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
  if (letter === undefined) return refused('letter_unknown');
  if (letter.state === 'ordered') return refused('letter_not_composed');
  if (letter.state === 'delivered') return refused('already_delivered');
  const { letterId, dispatch } = letter;
  switch (command.kind) {
    case 'send-letter':
      if (letter.superseded === true) return refused('letter_superseded');
      if (!isMailChannel(letter.channel)) return refused('not_by_mail');
      if (dispatch?.state === 'released' || dispatch?.state === 'sent') return refused('letter_on_its_way');
      return accepted({ kind: 'letter-released', letterId, releaseId: meta.commandId });
    case 'report-undelivered':
      if (dispatch?.state !== 'sent') return refused('letter_not_sent');
      return accepted({ kind: 'letter-undelivered', letterId, releaseId: dispatch.releaseId, why: 'bounced' });
  }
};

/** The event of a letter's delivery. An extension told after the first month has no effect (Art. 12(3)). */
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

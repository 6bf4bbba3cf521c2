/** Sends a released letter and reports what became of it: sent, delivered where the mail server's word is enough, or back to staff. */
import { ActivityFailure, ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import { findLetter } from '../../domain/request/course/case-state.ts';
import type { UndeliveredReason } from '../../domain/request/course/delivery.ts';
import { deliveredEvent } from '../../domain/request/course/letters.ts';
import type { Work } from '../../domain/request/course/next-work.ts';
import { now, type RequestCase } from './case.ts';
import type { DeliveryActivities, SendLetterResult } from './contract.ts';
import { caseSending, caseStep } from './profiles.ts';

const { sendLetter } = proxyActivities<DeliveryActivities>(caseSending);
const { giveUpSending } = proxyActivities<DeliveryActivities>(caseStep);

type Outcome = SendLetterResult | { readonly kind: 'undelivered'; readonly why: UndeliveredReason };

/** Whether all attempts met a server that was away: the letter has not left. */
const serverAway = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === 'service-unreachable';

/** Sends what a person released. A letter that has been delivered by hand meanwhile is not sent. */
export const sendReleased = async (
  file: RequestCase,
  { letterId, releaseId }: Extract<Work, { kind: 'send' }>,
): Promise<void> => {
  const { caseId, controller } = file.state;
  const step = { caseId, controller, now: now() };
  let outcome: Outcome;
  try {
    outcome = await sendLetter({ ...step, letterId, releaseId });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await giveUpSending({ ...step, now: now(), releaseId });
    // What failed otherwise may have died with the mail under way: staff look before anything is sent again.
    outcome = { kind: 'undelivered', why: serverAway(error) ? 'server-away' : 'unknown' };
  }
  const settled = outcome;
  const at = now();
  return file.report((state) => {
    const letter = findLetter(state, letterId);
    if (letter?.state !== 'composed' || letter.dispatch?.releaseId !== releaseId) return [];
    if (letter.dispatch.state !== 'released') return [];
    if (settled.kind === 'undelivered') return [{ kind: 'letter-undelivered', letterId, releaseId, why: settled.why }];
    const sent = { kind: 'letter-sent' as const, letterId, releaseId };
    // E-mail knows no receipt: handed to the mail server is all there is. A PEC has its own receipt of delivery.
    return settled.channel === 'pec'
      ? [sent]
      : [sent, deliveredEvent(state, letter, { deliveredAt: at, proof: 'email-sent' }, file.rules)];
  });
};

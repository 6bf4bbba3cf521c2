/**
 * What else was dated by the receipt of a case and follows it when it is put right: the day on which the suspension of the pending request
 * is looked at, and from when a refusal binds. In the transaction of the correction.
 */
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { CaseEvent } from '../../domain/request/course/events.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { redateRefusals } from '../execution/opt-outs.ts';
import { pendingReviewOn } from './case-suspensions.ts';

/** Brings in line what a corrected receipt dates. A review that somebody has set otherwise meanwhile stays as it is. */
export const followReceipt = async (
  tx: DatabaseTransaction,
  {
    state,
    events,
    timeZone,
  }: { readonly state: CaseState; readonly events: readonly CaseEvent[]; readonly timeZone: string },
): Promise<void> => {
  for (const event of events) {
    if (event.kind !== 'receipt-corrected') continue;
    const { formerly, receivedAt } = event;
    await tx
      .updateTable('suspension')
      .set({ review_on: pendingReviewOn(receivedAt, timeZone) })
      .where('id', '=', state.suspension.id)
      .where('state', '=', 'active')
      .where('review_on', '=', pendingReviewOn(formerly, timeZone))
      .execute();
    await redateRefusals(tx, { caseId: state.caseId, formerly, effectiveAt: receivedAt });
  }
};

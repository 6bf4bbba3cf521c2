/**
 * Identifiers that become known after intake: from then on the case's search and its suspension cover what they find. In the
 * transaction of the event they came with. Those that staff give when they confirm the identity were checked with it: such a phone
 * number or address is the person's own, while one that a message merely names is not (Art. 12(6); `record-tie.ts`).
 */
import { suspensionId } from '../../domain/ids.ts';
import type { CaseState } from '../../domain/request/course/case-state.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { insertClauses } from '../suspensions/clause-rows.ts';

/** The case, and what is known of its person from now on. */
export type AddIdentifiersInput = {
  readonly state: CaseState;
  /** In their normalised form. */
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly now: Instant;
};

/** Adds what is new. The transaction holds the fence exclusively. */
export const addIdentifiers = async (
  tx: DatabaseTransaction,
  sealing: Sealing,
  { state, identifiers, now }: AddIdentifiersInput,
): Promise<void> => {
  const { caseId, controller } = state;
  for (const { kind, value } of identifiers) {
    const key = sealing.subjectKey({ controller, kind, value });
    const verifiedAt = state.identity.confirmed ? toDate(now) : null;
    const added = await tx
      .insertInto('request_subject')
      .values({ case_id: caseId, controller, kind, subject_key: key, verified_at: verifiedAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('case_id')
      .executeTakeFirst();
    if (added === undefined && verifiedAt !== null) {
      await tx
        .updateTable('request_subject')
        .set({ verified_at: verifiedAt })
        .where('case_id', '=', caseId)
        .where('subject_key', '=', key)
        .where('verified_at', 'is', null)
        .execute();
    }
    if (added === undefined || state.suspension.state === 'released') continue;
    await insertClauses(tx, {
      suspensionId: suspensionId(state.suspension.id),
      controller,
      scope: [{ subject: key }],
      addedAt: now,
    });
  }
};

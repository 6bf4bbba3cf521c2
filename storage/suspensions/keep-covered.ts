/**
 * Changes a record without taking it out of the suspensions that cover it: a corrected identifier, attribute or date may be the very
 * criterion by which one does, and without this the correction would free the record for erasure (I4). What was in scope when a hold
 * was placed stays in scope until the hold ends.
 */
import { sql } from 'kysely';
import type { ControllerId, RecordId } from '../../domain/ids.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { insertClauses } from './clause-rows.ts';
import { matchSuspensions } from './match-suspensions.ts';

/** A change to a record, carried out between two readings of what keeps it. */
export type KeepCoveredInput<Value> = {
  readonly controller: ControllerId;
  readonly recordId: RecordId;
  readonly now: Instant;
  /** What is being changed, as a code for the audit trail. */
  readonly why: 'record-rectified' | 'record-redated';
  /** Changes what the record is found by, or its date. */
  readonly change: () => Promise<Value>;
};

/**
 * Carries out a change of a record; suspensions that would no longer cover it cover it by its id from then on. The transaction holds
 * the fence exclusively.
 */
export const keepCovered = async <Value>(
  tx: DatabaseTransaction,
  { controller, recordId, now, why, change }: KeepCoveredInput<Value>,
): Promise<Value> => {
  const covering = async () => (await matchSuspensions(tx, { controller, recordIds: [recordId] })).get(recordId) ?? [];
  const before = await covering();
  const value = await change();
  const still = new Set(before.length === 0 ? [] : (await covering()).map(({ suspensionId }) => suspensionId));
  for (const { suspensionId, kind } of before) {
    if (still.has(suspensionId)) continue;
    await insertClauses(tx, { suspensionId, controller, scope: [{ record: recordId }], addedAt: now });
    // Holds show their scope to people who act on what they saw; the other kinds belong to a case.
    if (isHoldKind(kind)) {
      await tx
        .updateTable('suspension')
        .set({ revision: sql`revision + 1`, scope_revision: sql`scope_revision + 1` })
        .where('id', '=', suspensionId)
        .execute();
    }
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'suspension-scope-changed',
      controller,
      target: { kind: 'suspension', id: suspensionId },
      why,
      detail: { added: recordId },
    });
  }
  return value;
};

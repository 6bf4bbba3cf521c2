/** Closes units of which nothing is left: the gate alone knows, and a closed unit is never joined again (I1). */
import { controllerId, type UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';

/** Which unit, and what is written as the time of its closing. */
export type CloseUnitInput = { readonly unitId: UnitId; readonly now: Instant };

/** Whether nothing was left of the unit; else what is. */
export type CloseUnitResult =
  | { readonly kind: 'closed' }
  | { readonly kind: 'not-empty'; readonly recordsLeft: number; readonly intentsUnproven: number };

/**
 * Closes a unit of which nothing is left; closing a closed one changes nothing. The row lock waits for every
 * transaction that is joining the unit, so the count that follows misses no late record.
 */
export const closeUnit = (db: Database, { unitId, now }: CloseUnitInput): Promise<CloseUnitResult> =>
  db.transaction().execute(async (tx): Promise<CloseUnitResult> => {
    const unit = await tx
      .selectFrom('retention_unit')
      .select(['state', 'controller'])
      .where('id', '=', unitId)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (unit.state === 'closed') return { kind: 'closed' };
    const { recordsLeft } = await tx
      .selectFrom('record')
      .where('unit_id', '=', unitId)
      .select(({ fn }) => fn.countAll<number>().as('recordsLeft'))
      .executeTakeFirstOrThrow();
    const { intentsUnproven } = await tx
      .selectFrom('erasure_intent')
      .where('unit_id', '=', unitId)
      .where('state', '=', 'written')
      .select(({ fn }) => fn.countAll<number>().as('intentsUnproven'))
      .executeTakeFirstOrThrow();
    if (recordsLeft > 0 || intentsUnproven > 0) return { kind: 'not-empty', recordsLeft, intentsUnproven };
    await tx
      .updateTable('retention_unit')
      .set({ state: 'closed', closed_at: toDate(now) })
      .where('id', '=', unitId)
      .execute();
    await appendAuditEntry(tx, {
      at: now,
      actor: 'erasure-gate',
      role: 'system',
      action: 'unit-closed',
      controller: controllerId(unit.controller),
      target: { kind: 'unit', id: unitId },
      why: 'nothing-left',
    });
    return { kind: 'closed' };
  });

/**
 * Ends a suspension: from the commit on the gate no longer keeps what it covered. What waited is signalled afterwards by the suspension's workflow,
 * which the worker starts because the revision has grown: nothing is forgotten when Temporal is away at that moment.
 */
import { sql } from 'kysely';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { takeFenceExclusive } from './fence.ts';
import type { Actor } from './place-suspension.ts';

/** Which suspension ends, by whom and why. */
export type ReleaseSuspensionInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly actor: Actor;
  /** A code or the reason given; no personal data. */
  readonly why: string;
  readonly now: Instant;
};

/** Since when it no longer holds; `released-before` answers a repetition (I9). */
export type ReleaseSuspensionResult =
  | { readonly kind: 'released'; readonly releasedAt: Instant }
  | { readonly kind: 'released-before'; readonly releasedAt: Instant }
  | { readonly kind: 'unknown' };

/**
 * Releases a suspension of any kind. Must come first in its READ COMMITTED transaction (it takes the fence exclusively). Releasing
 * twice changes nothing. Whether two people agreed (holds) or the subject was informed (restriction, Art. 18(3)) is the caller's to check.
 */
export const releaseSuspension = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, actor, why, now }: ReleaseSuspensionInput,
): Promise<ReleaseSuspensionResult> => {
  await takeFenceExclusive(tx, controller);
  const suspension = await tx
    .selectFrom('suspension')
    .select(['kind', 'effective_at', 'released_at'])
    .where('id', '=', suspensionId)
    .where('controller', '=', controller)
    .forUpdate()
    .executeTakeFirst();
  if (suspension === undefined) return { kind: 'unknown' };
  if (suspension.released_at !== null) {
    return { kind: 'released-before', releasedAt: instantFromEpoch(suspension.released_at.getTime()) };
  }
  const releasedAt = instantFromEpoch(Math.max(Date.parse(now), suspension.effective_at.getTime()));
  await tx
    .updateTable('suspension')
    .set({
      state: 'released',
      released_at: new Date(releasedAt),
      revision: sql`revision + 1`,
      scope_revision: sql`scope_revision + 1`,
    })
    .where('id', '=', suspensionId)
    .execute();
  await tx
    .updateTable('suspension_clause')
    .set({ ended_at: sql`greatest(added_at, ${new Date(releasedAt)})` })
    .where('suspension_id', '=', suspensionId)
    .where('ended_at', 'is', null)
    .execute();
  await appendAuditEntry(tx, {
    at: releasedAt,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-released',
    controller,
    target: { kind: 'suspension', id: suspensionId },
    why,
    detail: { kind: suspension.kind },
  });
  return { kind: 'released', releasedAt };
};

/**
 * Carries out decisions to re-date, a batch at a time: the records, how far it has come and what must be signalled are one transaction,
 * so that a worker that is killed loses nothing and does nothing twice. Several workers may run; one has a decision in hand.
 */
import { type ControllerId, controllerId, recordId } from '../../domain/ids.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import { redateBatch } from './re-date.ts';

/** The policies in force, and how many records one batch takes. */
export type RunRedatingInput = {
  /** The policy in force of a controller, or `undefined`. */
  readonly policyOf: (controller: ControllerId) => Policy | undefined;
  readonly now: Instant;
  readonly limit?: number;
};

/** What one call did. */
export type RedatingStep =
  /** Nothing to do, or nothing that this process may do: its policy is older than the decision. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'moved' | 'finished' | 'superseded'; readonly redatingId: string; readonly moved: number };

/** Takes the next batch of the oldest decision that runs. A decision about a version that is no longer in force ends as superseded. */
export const runRedating = (db: Database, { policyOf, now, limit = 1000 }: RunRedatingInput): Promise<RedatingStep> =>
  db.transaction().execute(async (tx): Promise<RedatingStep> => {
    const row = await tx
      .selectFrom('redating')
      .select(['id', 'controller', 'policy_version', 'position', 'requested_by', 'decided_by', 'records_moved'])
      .where('state', '=', 'running')
      .orderBy('requested_at')
      .limit(1)
      .forNoKeyUpdate()
      .skipLocked()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'idle' };
    const controller = controllerId(row.controller);
    const policy = policyOf(controller);
    if (policy === undefined || policy.version < row.policy_version) return { kind: 'idle' };
    const superseded = policy.version > row.policy_version;
    const batch = superseded
      ? { moved: 0, next: undefined }
      : await redateBatch(tx, {
          policy,
          now,
          actor: row.decided_by ?? row.requested_by,
          limit,
          ...(row.position === null ? {} : { after: recordId(row.position) }),
        });
    const moved = row.records_moved + batch.moved;
    const ended = batch.next === undefined;
    await tx
      .updateTable('redating')
      .set({
        records_moved: moved,
        ...(ended
          ? { state: superseded ? ('superseded' as const) : ('finished' as const), finished_at: toDate(now) }
          : { position: batch.next }),
      })
      .where('id', '=', row.id)
      .execute();
    if (!ended) return { kind: 'moved', redatingId: row.id, moved: batch.moved };
    const kind = superseded ? 'superseded' : 'finished';
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio-worker',
      role: 'system',
      action: 'redating-finished',
      controller,
      target: { kind: 'policy', id: `${controller}/${row.policy_version}` },
      why: kind,
      detail: { redatingId: row.id, records: moved },
    });
    return { kind, redatingId: row.id, moved: batch.moved };
  });

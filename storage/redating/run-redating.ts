/**
 * Carries out decisions to re-date, a batch at a time: the records, how far it has come and what must be signalled are one transaction,
 * so that a worker that is killed loses nothing and does nothing twice. Several workers may run; one has a decision in hand.
 */
import { sql } from 'kysely';
import { type ControllerId, controllerId, recordId, type UnitId, unitId } from '../../domain/ids.ts';
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

/** How many units are told at once, and how. */
export type TellRedatedInput = {
  readonly limit?: number;
  /** Tells the units' workflows to read their dates again; answers which of them know now. */
  readonly tell: (units: readonly UnitId[]) => Promise<readonly UnitId[]>;
};

/**
 * Tells workflows of units whose dates changed, or which a record joined after their time had come. The mark is set with that, so
 * nothing is forgotten while Temporal is away; telling twice changes nothing, so no row is locked while Temporal is asked. A mark that
 * was set anew meanwhile stays.
 */
export const tellRedatedUnits = async (
  db: Database,
  { limit = 200, tell }: TellRedatedInput,
): Promise<{ readonly taken: number; readonly told: number }> => {
  const rows = await db
    .selectFrom('retention_unit')
    .select(['id', sql<string>`redated_at::text`.as('mark')])
    .where('redated_at', 'is not', null)
    .orderBy('redated_at')
    .limit(limit)
    .execute();
  if (rows.length === 0) return { taken: 0, told: 0 };
  const told = new Set<string>(await tell(rows.map(({ id }) => unitId(id))));
  const done = rows.filter(({ id }) => told.has(id));
  await sql`
    UPDATE retention_unit AS unit SET redated_at = NULL
    FROM unnest(${done.map(({ id }) => id)}::uuid[], ${done.map(({ mark }) => mark)}::timestamptz[]) AS told (id, mark)
    WHERE unit.id = told.id AND unit.redated_at = told.mark`.execute(db);
  return { taken: rows.length, told: done.length };
};

/**
 * Changes of scope. What a wider scope covers is kept from the commit on. What a narrower one gives back is shown first, asked for
 * by one person who repeats the digest of what was shown, and confirmed by another: else narrowing would be a release by one person.
 */
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { type ControllerId, type RecordClassId, recordClassId, type SuspensionId } from '../../domain/ids.ts';
import { onlyWidens } from '../../domain/suspension/scope.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { insertClauses, type KeyedClause, type KeyedScope, sameKey, scopeText } from './clause-rows.ts';
import { coveredRecordIds, coveringClauses } from './covering.ts';
import { takeFenceExclusive } from './fence.ts';
import { type Actor, effectiveInstant } from './place-suspension.ts';
import { type PastPointOfNoReturn, readPastPointOfNoReturn } from './point-of-no-return.ts';
import { lockSuspension, readScope, readSuspension, type Suspension } from './read-suspension.ts';

/** Records of one class that a suspension would give back. */
export type LeavingClass = {
  readonly recordClass: RecordClassId;
  readonly records: number;
  /** How many of them other suspensions keep. */
  readonly keptByOthers: number;
  /** How many nothing keeps and whose erasure may begin at once. */
  readonly erasableNow: number;
  /** When the first of those that nothing else keeps is due. */
  readonly earliestDueAt: Instant | undefined;
};

/** What another scope would give back, as people are shown it. */
export type ScopeChangePreview = {
  /** Whether the new scope surely covers everything the old one does: then nothing needs a second person. */
  readonly widens: boolean;
  readonly scopeRevision: number;
  readonly leaving: readonly LeavingClass[];
  /** SHA-256 of the change and of everything shown here, in hex; the request for the change repeats it. */
  readonly digest: string;
};

const countLeaving = async (
  db: Database,
  suspension: Suspension,
  { before, after, now }: { readonly before: KeyedScope; readonly after: KeyedScope; readonly now: Instant },
): Promise<readonly LeavingClass[]> => {
  const { controller } = suspension;
  const leaving = sql`SELECT record.id, record.controller, record.record_class, record.trigger_at FROM leaving JOIN record USING (id)`;
  const { rows } = await sql<{
    record_class: string;
    records: number;
    kept: number;
    erasable: number;
    earliest: Date | null;
  }>`
    WITH leaving AS MATERIALIZED ((${coveredRecordIds(controller, before)}) EXCEPT (${coveredRecordIds(controller, after)})),
    kept AS MATERIALIZED (
      SELECT DISTINCT covered.record_id
      FROM (${coveringClauses(leaving, ['record', 'subject', 'attribute', 'many-classes'], 'active')}) covered
      WHERE covered.suspension_id <> ${suspension.id}
    )
    SELECT record.record_class, count(*)::int AS records, count(kept.record_id)::int AS kept,
      count(*) FILTER (WHERE kept.record_id IS NULL AND unit.opens_at <= ${new Date(now)})::int AS erasable,
      min(unit.due_at) FILTER (WHERE kept.record_id IS NULL) AS earliest
    FROM leaving
    JOIN record ON record.id = leaving.id
    JOIN retention_unit unit ON unit.id = record.unit_id
    LEFT JOIN kept ON kept.record_id = record.id
    GROUP BY record.record_class ORDER BY record.record_class
  `.execute(db);
  return rows.map(({ record_class, records, kept, erasable, earliest }) => ({
    recordClass: recordClassId(record_class),
    records,
    keptByOthers: kept,
    erasableNow: erasable,
    earliestDueAt: earliest === null ? undefined : instantFromEpoch(earliest.getTime()),
  }));
};

/** Shows what a new scope would give back; an empty one stands for the release. `undefined` if nothing active has this id. */
export const previewScopeChange = async (
  db: Database,
  {
    suspensionId,
    scope: after,
    now,
  }: { readonly suspensionId: SuspensionId; readonly scope: KeyedScope; readonly now: Instant },
): Promise<ScopeChangePreview | undefined> => {
  const suspension = await readSuspension(db, suspensionId);
  if (suspension === undefined || suspension.state === 'released') return undefined;
  const before = await readScope(db, suspensionId);
  const widens = onlyWidens(before, after, sameKey);
  const leaving = widens ? [] : await countLeaving(db, suspension, { before, after, now });
  const { scopeRevision } = suspension;
  const shown = { suspensionId, scopeRevision, after: scopeText(after), leaving };
  return { widens, scopeRevision, leaving, digest: createHash('sha256').update(canonicalJson(shown)).digest('hex') };
};

/** A change of scope that has been decided, under the fence that the caller holds. */
export type ApplyScopeInput = {
  readonly suspension: Suspension;
  readonly before: KeyedScope;
  readonly after: KeyedScope;
  readonly actor: Actor;
  readonly why: string;
  readonly now: Instant;
};

/** From when the gate goes by the new scope, and what came too late for it. */
export type ScopeChanged = PastPointOfNoReturn & { readonly effectiveAt: Instant; readonly scopeRevision: number };

/** Puts the new scope in the place of the old one. The caller holds the exclusive fence and the lock on the suspension. */
export const applyScope = async (
  tx: DatabaseTransaction,
  { suspension, before, after, actor, why, now }: ApplyScopeInput,
): Promise<ScopeChanged> => {
  const { id: suspensionId, controller, scopeRevision } = suspension;
  const effectiveAt = await effectiveInstant(tx, { controller, now });
  const text = (clause: KeyedClause): string => scopeText([clause]);
  const stays = new Set(after.map(text));
  const was = new Set(before.map(text));
  const clauses = await tx
    .selectFrom('suspension_clause')
    .selectAll()
    .where('suspension_id', '=', suspensionId)
    .where('active', '=', true)
    .execute();
  const ending = clauses.filter((row) => !stays.has(scopeText([row])));
  if (ending.length > 0) {
    await tx
      .updateTable('suspension_clause')
      .set({ ended_at: sql`greatest(added_at, ${new Date(effectiveAt)})` })
      .where(
        'id',
        'in',
        ending.map(({ id }) => id),
      )
      .execute();
  }
  const added = after.filter((clause) => !was.has(text(clause)));
  if (added.length > 0) await insertClauses(tx, { suspensionId, controller, scope: added, addedAt: effectiveAt });
  await tx
    .updateTable('suspension')
    .set({ revision: sql`revision + 1`, scope_revision: scopeRevision + 1 })
    .where('id', '=', suspensionId)
    .execute();
  const past = await readPastPointOfNoReturn(tx, { controller, scope: after });
  await appendAuditEntry(tx, {
    at: effectiveAt,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-scope-changed',
    controller,
    target: { kind: 'suspension', id: suspensionId },
    why,
    detail: { clausesEnded: ending.length, clausesAdded: added.length, scopeRevision: scopeRevision + 1 },
  });
  return { effectiveAt, scopeRevision: scopeRevision + 1, ...past };
};

/** A scope that must cover all that the old one does. */
export type WidenScopeInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly scope: KeyedScope;
  readonly actor: Actor;
  readonly why: string;
  readonly now: Instant;
};

/** Whether the wider scope is in force. */
export type WidenScopeResult =
  | ({ readonly kind: 'changed' } & ScopeChanged)
  | { readonly kind: 'unchanged'; readonly scopeRevision: number }
  /** It would give something back: see `requestNarrowing`. */
  | { readonly kind: 'narrows' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'released' };

/** Widens a scope at once; in force from the commit on, at constant cost. Must come first in its transaction. */
export const widenScope = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, scope: after, actor, why, now }: WidenScopeInput,
): Promise<WidenScopeResult> => {
  await takeFenceExclusive(tx, controller);
  const suspension = await lockSuspension(tx, suspensionId);
  if (suspension === undefined || suspension.controller !== controller) return { kind: 'unknown' };
  if (suspension.state === 'released') return { kind: 'released' };
  const before = await readScope(tx, suspensionId);
  if (!onlyWidens(before, after, sameKey)) return { kind: 'narrows' };
  if (onlyWidens(after, before, sameKey)) return { kind: 'unchanged', scopeRevision: suspension.scopeRevision };
  return { kind: 'changed', ...(await applyScope(tx, { suspension, before, after, actor, why, now })) };
};

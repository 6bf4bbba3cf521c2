/**
 * Decisions to apply a changed policy to records that exist (DESIGN, "Due dates"): nothing moves before a person has seen how
 * many records do. Where one would have to go earlier than was promised when it came in, a second person confirms: what has been
 * erased too early cannot be brought back. One decision at a time per controller; the worker carries it out in batches.
 */
import { createHash } from 'node:crypto';
import type { Selectable } from 'kysely';
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import type { AuditAction, AuditRole } from '../../domain/audit.ts';
import { type ControllerId, controllerId, recordClassId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import { fromDate, fromDateOrUndefined, toDate } from '../database/instants.ts';
import type { RedatingPreview } from './re-date.ts';
import type { RedatingTable } from './tables.ts';

/** One decision to re-date, and how far it has come. */
export type Redating = {
  readonly id: string;
  readonly controller: ControllerId;
  readonly policyVersion: number;
  readonly state: RedatingTable['state'];
  readonly shown: RedatingPreview;
  readonly shownDigest: string;
  readonly reason: string;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly decidedBy: string | undefined;
  readonly decidedAt: Instant | undefined;
  readonly decidedWhy: string | undefined;
  readonly recordsMoved: number;
  readonly finishedAt: Instant | undefined;
};

const shownSchema = z.object({
  classes: z.array(
    z.object({
      recordClass: z.string().transform(recordClassId),
      records: z.number(),
      moves: z.number(),
      earlier: z.number(),
      later: z.number(),
      dueAtOnce: z.number(),
    }),
  ),
  classesWithoutRule: z.array(z.string().transform(recordClassId)),
});

const toRedating = (row: Selectable<RedatingTable>): Redating => ({
  id: row.id,
  controller: controllerId(row.controller),
  policyVersion: row.policy_version,
  state: row.state,
  shown: shownSchema.parse(row.shown),
  shownDigest: row.shown_digest,
  reason: row.reason,
  requestedBy: row.requested_by,
  requestedAt: fromDate(row.requested_at),
  decidedBy: row.decided_by ?? undefined,
  decidedAt: fromDateOrUndefined(row.decided_at),
  decidedWhy: row.decided_why ?? undefined,
  recordsMoved: row.records_moved,
  finishedAt: fromDateOrUndefined(row.finished_at),
});

/** Digest of a preview, by which a confirmation says what was seen: SHA-256 in hex of its canonical JSON with the policy's version. */
export const previewDigest = (controller: ControllerId, policyVersion: number, preview: RedatingPreview): string =>
  createHash('sha256')
    .update(canonicalJson({ controller, policyVersion, ...preview }))
    .digest('hex');

/** Whether a preview moves any record, and whether one must go earlier than by the policy that dated it. */
export const effectOf = ({ classes }: RedatingPreview): { readonly moves: number; readonly earlier: number } =>
  classes.reduce((sum, { moves, earlier }) => ({ moves: sum.moves + moves, earlier: sum.earlier + earlier }), {
    moves: 0,
    earlier: 0,
  });

/** The person who asks or decides, by opaque id and role. */
export type RedatingActor = { readonly id: string; readonly role: AuditRole };

const audit = (
  tx: DatabaseTransaction,
  action: AuditAction,
  {
    controller,
    policyVersion,
    id,
    ...rest
  }: Pick<Redating, 'controller' | 'policyVersion' | 'id'> & {
    readonly actor: RedatingActor;
    readonly why: string;
    readonly now: Instant;
    readonly detail?: Readonly<Record<string, number | string>>;
  },
): Promise<void> =>
  appendAuditEntry(tx, {
    at: rest.now,
    actor: rest.actor.id,
    role: rest.actor.role,
    action,
    controller,
    target: { kind: 'policy', id: `${controller}/${policyVersion}` },
    why: rest.why,
    detail: { redatingId: id, ...rest.detail },
  });

/** A changed policy to be applied, and what was seen of its effects. */
export type AskForRedatingInput = {
  readonly controller: ControllerId;
  readonly policyVersion: number;
  /** What was shown to the person who asks. */
  readonly shown: RedatingPreview;
  readonly reason: string;
  readonly actor: RedatingActor;
  readonly now: Instant;
};

/** Writes the decision down: it runs at once if nothing goes earlier, else it waits for a second person. */
export const askForRedating = async (
  db: Database,
  { controller, policyVersion, shown, reason, actor, now }: AskForRedatingInput,
): Promise<{ readonly kind: 'asked'; readonly redating: Redating } | { readonly kind: 'one-is-open' }> => {
  const { moves, earlier } = effectOf(shown);
  try {
    return await db.transaction().execute(async (tx) => {
      const row = await tx
        .insertInto('redating')
        .values({
          id: uuid(),
          controller,
          policy_version: policyVersion,
          state: earlier > 0 ? 'waiting' : 'running',
          shown: JSON.stringify(shown),
          shown_digest: previewDigest(controller, policyVersion, shown),
          reason,
          requested_by: actor.id,
          requested_at: toDate(now),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      const redating = toRedating(row);
      const detail = { moves, earlier, shownDigest: redating.shownDigest };
      await audit(tx, 'redating-requested', { ...redating, actor, why: reason, now, detail });
      return { kind: 'asked' as const, redating };
    });
  } catch (error) {
    if (isDatabaseFault(error, sqlState.uniqueViolation, 'redating_open')) return { kind: 'one-is-open' };
    throw error;
  }
};

/** What the second person says of a decision that waits. */
export type DecideRedatingInput = {
  readonly id: string;
  readonly controller: ControllerId;
  readonly decision: 'confirm' | 'decline';
  /** The digest of the preview that this person confirms. */
  readonly shownDigest?: string;
  readonly why: string;
  readonly actor: RedatingActor;
  readonly now: Instant;
};

/** Whether the decision stands now; `same-person`: the person who asked cannot confirm. */
export type DecideRedatingResult =
  | { readonly kind: 'decided'; readonly redating: Redating }
  | { readonly kind: 'unknown' | 'same-person' | 'shown-differs' }
  | { readonly kind: 'decided-before'; readonly state: RedatingTable['state'] };

/** A second person confirms or declines; the person who asked may only decline. Declining stops nothing that runs. */
export const decideRedating = (
  db: Database,
  { id, controller, decision, shownDigest, why, actor, now }: DecideRedatingInput,
): Promise<DecideRedatingResult> =>
  db.transaction().execute(async (tx): Promise<DecideRedatingResult> => {
    const row = await tx
      .selectFrom('redating')
      .selectAll()
      .where('id', '=', id)
      .where('controller', '=', controller)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'unknown' };
    if (row.state !== 'waiting') return { kind: 'decided-before', state: row.state };
    if (decision === 'confirm' && row.requested_by === actor.id) return { kind: 'same-person' };
    if (decision === 'confirm' && row.shown_digest !== shownDigest) return { kind: 'shown-differs' };
    const changed = await tx
      .updateTable('redating')
      .set({
        state: decision === 'confirm' ? 'running' : 'declined',
        decided_by: actor.id,
        decided_at: toDate(now),
        decided_why: why,
      })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
    const redating = toRedating(changed);
    await audit(tx, decision === 'confirm' ? 'redating-confirmed' : 'redating-declined', {
      ...redating,
      actor,
      why,
      now,
    });
    return { kind: 'decided', redating };
  });

/** The decisions of a controller, the latest first. */
export const listRedatings = async (
  db: Database | DatabaseTransaction,
  { controller, limit = 50 }: { readonly controller: ControllerId; readonly limit?: number },
): Promise<readonly Redating[]> => {
  const rows = await db
    .selectFrom('redating')
    .selectAll()
    .where('controller', '=', controller)
    .orderBy('requested_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toRedating);
};

/**
 * What gives records back to erasure needs two people: one asks, another confirms. The database refuses a confirmation by the
 * person who asked, too.
 */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { applyScope, type ScopeChanged } from './change-scope.ts';
import { type KeyedScope, readStoredScope, storedScope } from './clause-rows.ts';
import { takeFenceExclusive } from './fence.ts';
import type { Actor } from './place-suspension.ts';
import { lockSuspension, readScope } from './read-suspension.ts';
import { releaseSuspension } from './release-suspension.ts';

/** A request that waits for, or had, its second person. */
export type SuspensionRequest = {
  readonly id: string;
  readonly suspensionId: SuspensionId;
  readonly kind: 'release' | 'narrow';
  /** Digest of what was shown to the person who asked (narrowing only). */
  readonly shownDigest: string | undefined;
  /** The scope that is asked for (narrowing only). */
  readonly scope: KeyedScope | undefined;
  readonly requestedBy: string;
  readonly requestedAt: Instant;
  readonly reason: string;
  readonly state: 'waiting' | 'confirmed' | 'declined';
  readonly decidedBy: string | undefined;
  readonly decidedAt: Instant | undefined;
  readonly decidedWhy: string | undefined;
};

/** What is asked for: release, or a narrower scope that was previewed. */
export type AskInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly actor: Actor;
  readonly reason: string;
  readonly now: Instant;
  /** Absent: release all of it. */
  readonly narrowTo?: { readonly scope: KeyedScope; readonly scopeRevision: number; readonly shownDigest: string };
};

/** Whether the request waits now; one at a time for each suspension. */
export type AskResult =
  | { readonly kind: 'asked'; readonly requestId: string }
  | { readonly kind: 'unknown' | 'released' | 'scope-changed' }
  | { readonly kind: 'asked-before'; readonly requestId: string };

/** The first person asks for a release, or for a narrower scope that was shown. One request at a time waits per suspension. */
export const askForRelease = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, actor, reason, now, narrowTo }: AskInput,
): Promise<AskResult> => {
  const suspension = await lockSuspension(tx, suspensionId);
  if (suspension === undefined || suspension.controller !== controller) return { kind: 'unknown' };
  if (suspension.state === 'released') return { kind: 'released' };
  if (narrowTo !== undefined && narrowTo.scopeRevision !== suspension.scopeRevision) return { kind: 'scope-changed' };
  const waiting = await tx
    .selectFrom('suspension_request')
    .select('id')
    .where('suspension_id', '=', suspensionId)
    .where('state', '=', 'waiting')
    .executeTakeFirst();
  if (waiting !== undefined) return { kind: 'asked-before', requestId: waiting.id };
  const id = uuid();
  await tx
    .insertInto('suspension_request')
    .values({
      id,
      suspension_id: suspensionId,
      kind: narrowTo === undefined ? 'release' : 'narrow',
      scope_revision: suspension.scopeRevision,
      scope: narrowTo === undefined ? null : storedScope(narrowTo.scope),
      shown_digest: narrowTo?.shownDigest ?? null,
      requested_by: actor.id,
      requested_at: new Date(now),
      reason,
    })
    .execute();
  await appendAuditEntry(tx, {
    at: now,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-release-requested',
    controller,
    target: { kind: 'suspension', id: suspensionId },
    why: reason,
    detail: { requestId: id, kind: narrowTo === undefined ? 'release' : 'narrow' },
  });
  return { kind: 'asked', requestId: id };
};

/** What the second person says. */
export type DecideInput = {
  readonly requestId: string;
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly actor: Actor;
  readonly decision: 'confirm' | 'decline';
  /** Digest of what was shown, for confirming a narrowing: both people must have seen the same. */
  readonly shownDigest?: string;
  readonly why: string;
  readonly now: Instant;
};

/** What became of the request; only `released` and `narrowed` give anything back. */
export type DecideResult =
  | { readonly kind: 'released'; readonly releasedAt: Instant }
  | ({ readonly kind: 'narrowed' } & ScopeChanged)
  | { readonly kind: 'declined' }
  /** The person who asked cannot confirm. */
  | { readonly kind: 'same-person' }
  /** Not what was shown to the person who asked. */
  | { readonly kind: 'shown-differs' }
  /** The scope changed after it was asked for: decline it and ask anew. */
  | { readonly kind: 'scope-changed' }
  | { readonly kind: 'decided-before'; readonly state: 'confirmed' | 'declined' }
  | { readonly kind: 'unknown' };

/** The second person confirms, or any person declines, the one who asked included. Must come first in its transaction: it takes the fence exclusively. */
export const decideRequest = async (
  tx: DatabaseTransaction,
  { requestId, suspensionId, controller, actor, decision, shownDigest, why, now }: DecideInput,
): Promise<DecideResult> => {
  await takeFenceExclusive(tx, controller);
  const suspension = await lockSuspension(tx, suspensionId);
  const request = await tx
    .selectFrom('suspension_request')
    .select(['kind', 'scope', 'scope_revision', 'shown_digest', 'requested_by', 'state'])
    .where('id', '=', requestId)
    .where('suspension_id', '=', suspensionId)
    .forUpdate()
    .executeTakeFirst();
  if (suspension === undefined || suspension.controller !== controller || request === undefined)
    return { kind: 'unknown' };
  if (request.state !== 'waiting') return { kind: 'decided-before', state: request.state };
  if (decision === 'confirm') {
    if (request.requested_by === actor.id) return { kind: 'same-person' };
    if (request.scope_revision !== suspension.scopeRevision) return { kind: 'scope-changed' };
    if (request.kind === 'narrow' && request.shown_digest !== shownDigest) return { kind: 'shown-differs' };
  }
  await tx
    .updateTable('suspension_request')
    .set({
      state: decision === 'confirm' ? 'confirmed' : 'declined',
      decided_by: actor.id,
      decided_at: new Date(now),
      decided_why: why,
    })
    .where('id', '=', requestId)
    .execute();
  if (decision === 'decline') {
    await appendAuditEntry(tx, {
      at: now,
      actor: actor.id,
      role: actor.role,
      action: 'suspension-release-declined',
      controller,
      target: { kind: 'suspension', id: suspensionId },
      why,
      detail: { requestId, requestedBy: request.requested_by },
    });
    return { kind: 'declined' };
  }
  if (request.kind === 'narrow') {
    const before = await readScope(tx, suspensionId);
    const after = readStoredScope(request.scope);
    return { kind: 'narrowed', ...(await applyScope(tx, { suspension, before, after, actor, why, now })) };
  }
  const released = await releaseSuspension(tx, { suspensionId, controller, actor, why, now });
  return released.kind === 'unknown' ? released : { kind: 'released', releasedAt: released.releasedAt };
};

/** The requests about a suspension, the latest first. */
export const listRequests = async (db: Database, suspensionId: SuspensionId): Promise<readonly SuspensionRequest[]> => {
  const rows = await db
    .selectFrom('suspension_request')
    .select([
      'id',
      'kind',
      'shown_digest',
      'scope',
      'requested_by',
      'requested_at',
      'reason',
      'state',
      'decided_by',
      'decided_at',
      'decided_why',
    ])
    .where('suspension_id', '=', suspensionId)
    .orderBy(sql`requested_at DESC, id DESC`)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    suspensionId,
    kind: row.kind,
    shownDigest: row.shown_digest ?? undefined,
    scope: row.scope === null ? undefined : readStoredScope(row.scope),
    requestedBy: row.requested_by,
    requestedAt: instantFromEpoch(row.requested_at.getTime()),
    reason: row.reason,
    state: row.state,
    decidedBy: row.decided_by ?? undefined,
    decidedAt: row.decided_at === null ? undefined : instantFromEpoch(row.decided_at.getTime()),
    decidedWhy: row.decided_why ?? undefined,
  }));
};

/**
 * Places a suspension: in force when the caller's transaction commits, at a cost that does not depend on how many records it covers
 * (the gate reads scopes at the moment of erasure). The answer is definite (I4): everything in scope is preserved, except what it
 * lists as past the point of no return.
 */
import { sql } from 'kysely';
import type { AuditRole } from '../../domain/audit.ts';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import { scopeFault } from '../../domain/suspension/scope.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { isHoldKind } from '../../domain/suspension/suspension.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import type { LocalDate } from '../../domain/time/local-date.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { insertClauses, type KeyedScope } from './clause-rows.ts';
import { takeFenceExclusive } from './fence.ts';
import { type PastPointOfNoReturn, readPastPointOfNoReturn } from './point-of-no-return.ts';

/** The person or part of Oblio that acts, for the audit trail. */
export type Actor = { readonly id: string; readonly role: AuditRole };

/** A suspension as it is placed: why, by whom, for what and until which review. */
export type PlaceSuspensionInput = {
  /** Made by the caller, so that a repetition is known from a second one. */
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  /** File number of the dispute, norm of the duty, or case of the request. No personal data, by rule of the house. */
  readonly matterReference: string;
  readonly legalBasis: string;
  readonly reason: string;
  readonly scope: KeyedScope;
  /** Local date on which a person must say whether it is still needed. */
  readonly reviewOn: LocalDate;
  readonly actor: Actor;
  readonly now: Instant;
};

/** The definite answer (I4): from when on it holds, and what it comes too late for. */
export type Placement = PastPointOfNoReturn & {
  readonly suspensionId: SuspensionId;
  /** From this instant on the gate keeps what it covers. Never before an intent that the answer lists. */
  readonly effectiveAt: Instant;
};

/** `now`, or the youngest intent in flight if its writer's clock was ahead: what is listed as lost was lost before. */
export const effectiveInstant = async (
  tx: DatabaseTransaction,
  { controller, now }: { readonly controller: ControllerId; readonly now: Instant },
): Promise<Instant> => {
  const { rows } = await sql<{ at: Date }>`
    SELECT greatest(${new Date(now)}::timestamptz, max(written_at)) AS at
    FROM erasure_intent WHERE controller = ${controller} AND state = 'written'
  `.execute(tx);
  return instantFromEpoch(rows[0]?.at.getTime() ?? Date.parse(now));
};

/**
 * Places a suspension. Must come first in its READ COMMITTED transaction: it takes the fence exclusively and holds it until the
 * commit. Throws a `RangeError` for a scope that `scopeFault` refuses, and the database's error if the id exists already.
 */
export const placeSuspension = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, kind, scope, reviewOn, actor, now, ...why }: PlaceSuspensionInput,
): Promise<Placement> => {
  const fault = scopeFault(scope);
  if (fault !== undefined) throw new RangeError(fault.reason);
  await takeFenceExclusive(tx, controller);
  const effectiveAt = await effectiveInstant(tx, { controller, now });
  await tx
    .insertInto('suspension')
    .values({
      id: suspensionId,
      controller,
      kind,
      matter_reference: why.matterReference,
      legal_basis: why.legalBasis,
      reason: why.reason,
      placed_by: actor.id,
      effective_at: new Date(effectiveAt),
      review_on: reviewOn,
      released_at: null,
      // Only holds have a workflow from the start; the other kinds get one when they end, to signal what waited.
      workflow_revision: isHoldKind(kind) ? 0 : 1,
    })
    .execute();
  await insertClauses(tx, { suspensionId, controller, scope, addedAt: effectiveAt });
  const past = await readPastPointOfNoReturn(tx, { controller, scope });
  await appendAuditEntry(tx, {
    at: effectiveAt,
    actor: actor.id,
    role: actor.role,
    action: 'suspension-placed',
    controller,
    target: { kind: 'suspension', id: suspensionId },
    why: why.reason,
    detail: {
      kind,
      matterReference: why.matterReference,
      legalBasis: why.legalBasis,
      clauses: scope.length,
      reviewOn,
      beingErased: past.beingErased.map(({ intent }) => intent),
      erasedBefore: past.erasedBefore.length,
    },
  });
  return { suspensionId, effectiveAt, ...past };
};

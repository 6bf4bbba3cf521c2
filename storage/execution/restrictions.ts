/** Restrictions of a case's execution: the one that was granted (Art. 18), and those that have nothing left to restrict. */
import { sql } from 'kysely';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import { clauseLimit, type ScopeClause } from '../../domain/suspension/scope.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { matterOf } from '../requests/case-suspensions.ts';
import { readSubjectKeys } from '../requests/identifiers.ts';
import type { KeyedScope } from '../suspensions/clause-rows.ts';
import { coveredRecordIds } from '../suspensions/covering.ts';
import { takeFenceExclusive } from '../suspensions/fence.ts';
import { placeSuspension } from '../suspensions/place-suspension.ts';
import { readScope } from '../suspensions/read-suspension.ts';
import { releaseSuspension } from '../suspensions/release-suspension.ts';

const actor = { id: 'oblio', role: 'system' } as const;

/** Marks a restriction as the decided one; one that held while a right was weighed says otherwise. */
const decidedReason = 'restriction granted';

/** What of the person is restricted: their records of these classes, also those that arrive later, and single records. */
export type RestrictionScope = readonly Pick<ScopeClause, 'recordClass' | 'record'>[];

/** A granted restriction (Art. 18): what it covers, on which basis, and the local date of its review. */
export type RestrictAsDecidedInput = {
  readonly controller: ControllerId;
  readonly caseId: string;
  readonly right: RightKey;
  /** The id it shall have if it is placed now. */
  readonly suspensionId: SuspensionId;
  readonly legalBasis: string;
  readonly scope: RestrictionScope;
  readonly reviewOn: LocalDate;
  readonly now: Instant;
};

type Standing = { readonly id: SuspensionId; readonly reason: string };

const findStanding = async (
  tx: DatabaseTransaction,
  controller: ControllerId,
  matterReference: string,
): Promise<readonly Standing[]> => {
  const rows = await tx
    .selectFrom('suspension')
    .select(['id', 'reason'])
    .where('controller', '=', controller)
    .where('kind', '=', 'restriction')
    .where('matter_reference', '=', matterReference)
    .where('state', '=', 'active')
    .orderBy('id')
    .execute();
  return rows.map(({ id, reason }) => ({ id, reason }));
};

const keyedScope = (keys: readonly Buffer[], scope: RestrictionScope): KeyedScope =>
  scope.flatMap((part) => (part.record === undefined ? keys.map((subject) => ({ ...part, subject })) : [part]));

/**
 * Puts the decided restriction in force. One that held for the same right while it was weighed turns into it without a moment in
 * between: both happen behind the fence. Calling again answers with the one that stands (I9).
 */
export const restrictAsDecided = (
  db: Database,
  { controller, caseId, right, scope, ...input }: RestrictAsDecidedInput,
): Promise<{ readonly suspensionId: SuspensionId; readonly reviewOn: LocalDate }> =>
  db.transaction().execute(async (tx) => {
    await takeFenceExclusive(tx, controller);
    const matterReference = matterOf(caseId, right);
    const standing = await findStanding(tx, controller, matterReference);
    const decided = standing.find(({ reason }) => reason === decidedReason);
    if (decided !== undefined) {
      const { review_on } = await tx
        .selectFrom('suspension')
        .select('review_on')
        .where('id', '=', decided.id)
        .executeTakeFirstOrThrow();
      return { suspensionId: decided.id, reviewOn: localDate(review_on) };
    }
    const keyed = keyedScope(await readSubjectKeys(tx, caseId), scope);
    if (keyed.length > clauseLimit) throw new RangeError(`A restriction has at most ${clauseLimit} clauses`);
    await placeSuspension(tx, {
      suspensionId: input.suspensionId,
      controller,
      kind: 'restriction',
      matterReference,
      legalBasis: input.legalBasis,
      reason: decidedReason,
      scope: keyed,
      reviewOn: input.reviewOn,
      actor,
      now: input.now,
    });
    for (const { id } of standing) {
      await releaseSuspension(tx, { suspensionId: id, controller, actor, why: decidedReason, now: input.now });
    }
    return { suspensionId: input.suspensionId, reviewOn: input.reviewOn };
  });

/**
 * Ends the restrictions of a case that cover no record any more: what was restricted has been erased, so there is nothing left to lift
 * and no one to inform before (Art. 18(3)). Those that still cover something stay until the person was informed.
 */
export const endSpentRestrictions = (
  db: Database,
  { controller, caseId, now }: { readonly controller: ControllerId; readonly caseId: string; readonly now: Instant },
): Promise<readonly SuspensionId[]> =>
  db.transaction().execute(async (tx) => {
    await takeFenceExclusive(tx, controller);
    const rows = await tx
      .selectFrom('suspension')
      .select(['id', 'effective_at'])
      .where('controller', '=', controller)
      .where('kind', '=', 'restriction')
      .where('state', '=', 'active')
      .where(sql<boolean>`starts_with(matter_reference, ${`${caseId}/`})`)
      .orderBy('id')
      .execute();
    const ended: SuspensionId[] = [];
    for (const row of rows) {
      const id = row.id;
      const scope = await readScope(tx, id);
      const { rows: covered } =
        await sql`SELECT FROM (${coveredRecordIds(controller, scope)}) AS covered LIMIT 1`.execute(tx);
      if (covered.length > 0) continue;
      const at = instantFromEpoch(Math.max(Date.parse(now), row.effective_at.getTime()));
      await releaseSuspension(tx, {
        suspensionId: id,
        controller,
        actor,
        why: 'what was restricted has been erased',
        now: at,
      });
      ended.push(id);
    }
    return ended;
  });

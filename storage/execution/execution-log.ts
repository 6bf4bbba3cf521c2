/**
 * What was done for each decision. A line is opened when work on it begins and finished with its result: a caller that asks again gets the same
 * answer, and nothing is done twice (I9).
 */
import type { ControllerId } from '../../domain/ids.ts';
import type { RightKey } from '../../domain/request/course/rights.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** Which decision: a right that is reopened is decided again at another time. */
export type DecisionKey = { readonly caseId: string; readonly right: RightKey; readonly decidedAt: Instant };

/** Whether a decision is still to be carried out, or was: then its result is the answer. */
export type BegunExecution<Result> =
  /** `since`: when work on it first began. */
  { readonly kind: 'begun'; readonly since: Instant } | { readonly kind: 'finished'; readonly result: Result };

/** The line of a decision: when work on it first began, and its result once it is finished. */
export const readExecutionLine = async <Result>(
  db: Database,
  { caseId, right, decidedAt }: DecisionKey,
  read: (stored: unknown) => Result,
): Promise<{ readonly since: Instant; readonly result: Result | undefined } | undefined> => {
  const row = await db
    .selectFrom('request_execution')
    .select(['started_at', 'finished_at', 'result'])
    .where('case_id', '=', caseId)
    .where('right_key', '=', right)
    .where('decided_at', '=', toDate(decidedAt))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { since: fromDate(row.started_at), result: row.finished_at === null ? undefined : read(row.result) };
};

/** Begins, or goes on, or answers what was done before. `read` checks the form of a stored result. */
export const beginExecution = async <Result>(
  db: Database,
  { caseId, right, decidedAt, now }: DecisionKey & { readonly now: Instant },
  read: (stored: unknown) => Result,
): Promise<BegunExecution<Result>> => {
  await db
    .insertInto('request_execution')
    .values({
      case_id: caseId,
      right_key: right,
      decided_at: toDate(decidedAt),
      started_at: toDate(now),
      finished_at: null,
      result: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const line = await readExecutionLine(db, { caseId, right, decidedAt }, read);
  if (line === undefined) throw new Error('A line that was just written is not there');
  return line.result === undefined ? { kind: 'begun', since: line.since } : { kind: 'finished', result: line.result };
};

/** The result of a decision that was carried out, as it is kept and as the audit trail counts it. */
export type FinishExecutionInput<Result> = DecisionKey & {
  readonly controller: ControllerId;
  readonly now: Instant;
  readonly result: Result;
  /** Counts for the audit trail. */
  readonly counts: Readonly<Record<string, number>>;
};

/** Writes the result down, once. An attempt that was given up but went on finds the line finished and changes nothing. */
export const finishExecution = <Result extends object>(
  db: Database,
  { caseId, right, decidedAt, controller, now, result, counts }: FinishExecutionInput<Result>,
): Promise<void> =>
  db.transaction().execute(async (tx) => {
    const finished = await tx
      .updateTable('request_execution')
      .set({ finished_at: toDate(now), result: JSON.stringify(result) })
      .where('case_id', '=', caseId)
      .where('right_key', '=', right)
      .where('decided_at', '=', toDate(decidedAt))
      .where('finished_at', 'is', null)
      .returning('case_id')
      .executeTakeFirst();
    if (finished === undefined) return;
    await appendAuditEntry(tx, {
      at: now,
      actor: 'oblio',
      role: 'system',
      action: 'decision-executed',
      controller,
      target: { kind: 'case', id: caseId },
      why: right,
      detail: counts,
    });
  });

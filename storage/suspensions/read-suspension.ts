/** Suspensions as people and workflows read them: one, a page of many, or counts only. */
import { sql } from 'kysely';
import { type ControllerId, controllerId, type SuspensionId, suspensionId } from '../../domain/ids.ts';
import type { SuspensionKind } from '../../domain/suspension/suspension.ts';
import { type Instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { type LocalDate, localDate } from '../../domain/time/local-date.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromClauseRow, type KeyedScope } from './clause-rows.ts';

type Reader = Database | DatabaseTransaction;

/** A suspension without its scope, which is read clause by clause. */
export type Suspension = {
  readonly id: SuspensionId;
  /** In the id of its workflow; null where that was started under the old id. */
  readonly number: number | null;
  readonly controller: ControllerId;
  readonly kind: SuspensionKind;
  readonly matterReference: string;
  readonly legalBasis: string;
  readonly reason: string;
  readonly placedBy: string;
  readonly effectiveAt: Instant;
  readonly reviewOn: LocalDate;
  readonly state: 'active' | 'released';
  readonly releasedAt: Instant | undefined;
  /** Grows with everything that happens to it. */
  readonly revision: number;
  /** Grows when its scope changes or ends. */
  readonly scopeRevision: number;
};

const columns = [
  'id',
  'number',
  'controller',
  'kind',
  'matter_reference',
  'legal_basis',
  'reason',
  'placed_by',
  'effective_at',
  'review_on',
  'state',
  'released_at',
  'revision',
  'scope_revision',
] as const;

type Row = {
  readonly id: string;
  readonly number: number | null;
  readonly controller: string;
  readonly kind: SuspensionKind;
  readonly matter_reference: string;
  readonly legal_basis: string;
  readonly reason: string;
  readonly placed_by: string;
  readonly effective_at: Date;
  readonly review_on: string;
  readonly state: 'active' | 'released';
  readonly released_at: Date | null;
  readonly revision: number;
  readonly scope_revision: number;
};

const fromRow = (row: Row): Suspension => ({
  id: suspensionId(row.id),
  number: row.number,
  controller: controllerId(row.controller),
  kind: row.kind,
  matterReference: row.matter_reference,
  legalBasis: row.legal_basis,
  reason: row.reason,
  placedBy: row.placed_by,
  effectiveAt: instantFromEpoch(row.effective_at.getTime()),
  reviewOn: localDate(row.review_on),
  state: row.state,
  releasedAt: row.released_at === null ? undefined : instantFromEpoch(row.released_at.getTime()),
  revision: row.revision,
  scopeRevision: row.scope_revision,
});

/** One suspension, or `undefined`. */
export const readSuspension = async (db: Reader, id: SuspensionId): Promise<Suspension | undefined> => {
  const row = await db.selectFrom('suspension').select(columns).where('id', '=', id).executeTakeFirst();
  return row && fromRow(row);
};

/** One suspension, locked against any other change until the transaction ends. Take the fence before, if at all. */
export const lockSuspension = async (tx: DatabaseTransaction, id: SuspensionId): Promise<Suspension | undefined> => {
  const row = await tx.selectFrom('suspension').select(columns).where('id', '=', id).forUpdate().executeTakeFirst();
  return row && fromRow(row);
};

const clauseColumns = [
  'record_id',
  'subject_key',
  'attribute_key',
  'record_class',
  'trigger_from',
  'trigger_until',
] as const;

/** The clauses in force, in the order in which they were written. */
export const readScope = async (db: Reader, id: SuspensionId): Promise<KeyedScope> => {
  const rows = await db
    .selectFrom('suspension_clause')
    .select(clauseColumns)
    .where('suspension_id', '=', id)
    .where('active', '=', true)
    .orderBy('id')
    .execute();
  return rows.map(fromClauseRow);
};

/** The clauses that the release of a suspension ended; those of an earlier narrowing ended before. */
export const readReleasedScope = async (db: Reader, { id, releasedAt }: Suspension): Promise<KeyedScope> => {
  const rows = await db
    .selectFrom('suspension_clause')
    .select(clauseColumns)
    .where('suspension_id', '=', id)
    .where('ended_at', '>=', new Date(releasedAt ?? 0))
    .orderBy('id')
    .execute();
  return rows.map(fromClauseRow);
};

/** A page of a controller's suspensions of some kinds. */
export type ListSuspensionsInput = {
  readonly controller: ControllerId;
  readonly kinds: readonly SuspensionKind[];
  readonly state?: 'active' | 'released';
  /** The last id of the page before. */
  readonly after?: SuspensionId;
  readonly limit: number;
};

/** A page, the latest first (ids grow with time). */
export const listSuspensions = async (
  db: Reader,
  { controller, kinds, state, after, limit }: ListSuspensionsInput,
): Promise<readonly Suspension[]> => {
  let query = db
    .selectFrom('suspension')
    .select(columns)
    .where('controller', '=', controller)
    .where('kind', 'in', [...kinds])
    .orderBy('id', 'desc')
    .limit(limit);
  if (state !== undefined) query = query.where('state', '=', state);
  if (after !== undefined) query = query.where('id', '<', after);
  return (await query.execute()).map(fromRow);
};

/** How many suspensions of one kind there are; nothing of what they are about. */
export type SuspensionCounts = {
  readonly kind: SuspensionKind;
  readonly active: number;
  readonly released: number;
  /** Active ones whose review date is before `today`. */
  readonly reviewOverdue: number;
};

/** Counts per kind: what an operator may know. `today` is the controller's local date. */
export const countSuspensions = async (
  db: Reader,
  { controller, today }: { readonly controller: ControllerId; readonly today: LocalDate },
): Promise<readonly SuspensionCounts[]> => {
  const { rows } = await sql<{ kind: SuspensionKind; active: number; released: number; overdue: number }>`
    SELECT kind, count(*) FILTER (WHERE state = 'active')::int AS active,
      count(*) FILTER (WHERE state = 'released')::int AS released,
      count(*) FILTER (WHERE state = 'active' AND review_on < ${today}::date)::int AS overdue
    FROM suspension WHERE controller = ${controller} GROUP BY kind ORDER BY kind
  `.execute(db);
  return rows.map(({ kind, active, released, overdue }) => ({ kind, active, released, reviewOverdue: overdue }));
};

/** What a suspension's workflow must know of its scope before it walks: whether anything was given back, and whether it may be very large. */
export const readScopeFacts = async (
  db: Reader,
  id: SuspensionId,
): Promise<{ readonly gaveBack: boolean; readonly wholeClasses: boolean }> => {
  const clauses = await db
    .selectFrom('suspension_clause')
    .select(['active', 'found_by'])
    .distinct()
    .where('suspension_id', '=', id)
    .execute();
  return {
    gaveBack: clauses.some(({ active }) => !active),
    wholeClasses: clauses.some(({ found_by }) => found_by === 'class'),
  };
};

/** Clauses as rows and as JSON, and back. Identifiers are keyed hashes here: the storage of suspensions names no person. */
import { v7 as uuid } from 'uuid';
import { z } from 'zod';
import {
  type ControllerId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  recordId,
  type SuspensionId,
} from '../../domain/ids.ts';
import type { Scope, ScopeClause, TriggerRange } from '../../domain/suspension/scope.ts';
import { type Instant, instant, instantFromEpoch } from '../../domain/time/instant.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { DatabaseTransaction } from '../database/database.ts';

/** A scope whose identifiers are keyed hashes (`subject_key`, `attribute_key`). */
export type KeyedScope = Scope<Buffer>;

/** A clause whose person and attribute are keyed hashes. */
export type KeyedClause = ScopeClause<Buffer>;

/** Whether two keyed hashes stand for the same identifier. */
export const sameKey = (one: Buffer, other: Buffer): boolean => one.equals(other);

/** The columns of a clause that say what it covers. */
export type ClauseRow = {
  readonly record_id: RecordId | null;
  readonly subject_key: Buffer | null;
  readonly attribute_key: Buffer | null;
  readonly record_class: RecordClassId | null;
  readonly trigger_from: Date | null;
  readonly trigger_until: Date | null;
};

const dateOf = (at: Instant | undefined): Date | null => (at === undefined ? null : new Date(at));
const instantOf = (at: Date): Instant => instantFromEpoch(at.getTime());

/** A clause as its columns; what it does not ask for is null. */
export const toClauseRow = (clause: KeyedClause): ClauseRow => ({
  record_id: clause.record ?? null,
  subject_key: clause.subject ?? null,
  attribute_key: clause.attribute ?? null,
  record_class: clause.recordClass ?? null,
  trigger_from: dateOf(clause.triggers?.from),
  trigger_until: dateOf(clause.triggers?.until),
});

const triggersOf = ({ trigger_from: from, trigger_until: until }: ClauseRow): { triggers?: TriggerRange } =>
  from === null && until === null
    ? {}
    : { triggers: { ...(from && { from: instantOf(from) }), ...(until && { until: instantOf(until) }) } };

/** The clause of a row; throws on ids that are none. */
export const fromClauseRow = (row: ClauseRow): KeyedClause => ({
  ...(row.record_id !== null && { record: recordId(row.record_id) }),
  ...(row.subject_key !== null && { subject: row.subject_key }),
  ...(row.attribute_key !== null && { attribute: row.attribute_key }),
  ...(row.record_class !== null && { recordClass: recordClassId(row.record_class) }),
  ...triggersOf(row),
});

/** The clauses of a suspension and the instant since when they count. */
export type InsertClausesInput = {
  readonly suspensionId: SuspensionId;
  readonly controller: ControllerId;
  readonly scope: KeyedScope;
  readonly addedAt: Instant;
};

/** Writes the clauses of a scope; in force as soon as the transaction, which holds the fence, commits. */
export const insertClauses = async (
  tx: DatabaseTransaction,
  { suspensionId, controller, scope, addedAt }: InsertClausesInput,
): Promise<void> => {
  await tx
    .insertInto('suspension_clause')
    .values(
      scope.map((clause) => ({
        id: uuid(),
        suspension_id: suspensionId,
        controller,
        added_at: new Date(addedAt),
        ended_at: null,
        ...toClauseRow(clause),
      })),
    )
    .execute();
};

/** A clause as it was read from the database. */
export type StoredClauseRow = ClauseRow & { readonly found_by: string };

const isRow = (clause: KeyedClause | StoredClauseRow): clause is StoredClauseRow => 'found_by' in clause;

/** A scope in one spelling: the same clauses give the same text, whatever their order. */
export const scopeText = (scope: readonly (KeyedClause | StoredClauseRow)[]): string =>
  canonicalJson(
    scope
      .map((clause) => {
        const row = isRow(clause) ? clause : toClauseRow(clause);
        return canonicalJson({
          record: row.record_id,
          subject: row.subject_key?.toString('hex') ?? null,
          attribute: row.attribute_key?.toString('hex') ?? null,
          recordClass: row.record_class,
          from: row.trigger_from?.toISOString() ?? null,
          until: row.trigger_until?.toISOString() ?? null,
        });
      })
      .sort(),
  );

const key = z
  .string()
  .regex(/^(?:[0-9a-f]{2})+$/)
  .transform((hex) => Buffer.from(hex, 'hex'));

const stored = z.array(
  z.object({
    record: z.string().transform(recordId).exactOptional(),
    subject: key.exactOptional(),
    attribute: key.exactOptional(),
    recordClass: z.string().transform(recordClassId).exactOptional(),
    triggers: z
      .object({
        from: z.string().transform(instant).exactOptional(),
        until: z.string().transform(instant).exactOptional(),
      })
      .exactOptional(),
  }),
);

/** A scope as JSON text, for a request that waits for a second person. */
export const storedScope = (scope: KeyedScope): string =>
  JSON.stringify(
    scope.map(({ subject, attribute, ...rest }) => ({
      ...rest,
      ...(subject !== undefined && { subject: subject.toString('hex') }),
      ...(attribute !== undefined && { attribute: attribute.toString('hex') }),
    })),
  );

/** The scope that `storedScope` wrote. Throws a `ZodError` for anything else. */
export const readStoredScope = (json: unknown): KeyedScope => stored.parse(json);

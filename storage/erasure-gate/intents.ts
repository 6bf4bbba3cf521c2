/**
 * Intents: what is to be destroyed, written down before the first delete and read back from the ledger, never from memory. Whatever a
 * process was doing when it was killed, the next one goes on from here.
 */
import { sql } from 'kysely';
import { z } from 'zod';
import type { DispositionBasis } from '../../domain/certificate.ts';
import {
  type CaseId,
  type ControllerId,
  caseId,
  controllerId,
  type IntentId,
  intentId,
  type RecordClassId,
  type RecordId,
  recordClassId,
  type UnitId,
  unitId,
} from '../../domain/ids.ts';
import { type KeptBack, suspensionKinds } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';

/** The written intent to destroy. */
export type Intent = {
  readonly intentId: IntentId;
  readonly unitId: UnitId;
  readonly controller: ControllerId;
  readonly recordClass: RecordClassId;
  readonly basis: DispositionBasis;
  readonly policyVersion: number;
  readonly opensAt: Instant;
  readonly dueAt: Instant;
  readonly boundAt: Instant;
  readonly writtenAt: Instant;
  readonly kept: KeptBack;
  readonly continues: IntentId | undefined;
};

/** The records of an intent. */
export type IntentItems = {
  /** Sorted. */
  readonly recordIds: readonly RecordId[];
  /** Keys under which parts of an unfinished upload may lie, by record. */
  readonly uploadKeys: readonly { readonly recordId: RecordId; readonly key: string }[];
};

/** How what was kept back is written down; the ids in it were ids when it was written. */
const keptBack: z.ZodType<KeptBack> = z.object({
  records: z.number(),
  byKind: z.array(z.object({ kind: z.enum(suspensionKinds), records: z.number() })),
  suspensionCount: z.number(),
  suspensions: z.array(
    z.object({
      suspensionId: z.custom<KeptBack['suspensions'][number]['suspensionId']>(),
      kind: z.enum(suspensionKinds),
    }),
  ),
});

const columns = [
  'id',
  'unit_id',
  'controller',
  'record_class',
  'basis',
  'case_id',
  'policy_version',
  'opens_at',
  'due_at',
  'bound_at',
  'written_at',
  'kept_by',
  'continues',
] as const;

/** Writes an intent down. With the commit its records are past the point of no return; `refusedAt`: a store refused some of them. */
export const insertIntent = async (
  tx: DatabaseTransaction,
  intent: Intent,
  { records, refusedAt }: { readonly records: number; readonly refusedAt?: Instant },
): Promise<void> => {
  await tx
    .insertInto('erasure_intent')
    .values({
      id: intent.intentId,
      unit_id: intent.unitId,
      controller: intent.controller,
      record_class: intent.recordClass,
      basis: intent.basis.kind,
      case_id: intent.basis.kind === 'decision' ? intent.basis.caseId : null,
      policy_version: intent.policyVersion,
      opens_at: toDate(intent.opensAt),
      due_at: toDate(intent.dueAt),
      bound_at: toDate(intent.boundAt),
      written_at: toDate(intent.writtenAt),
      record_count: records,
      kept_count: intent.kept.records,
      kept_by: JSON.stringify(intent.kept),
      refused_at: refusedAt === undefined ? null : toDate(refusedAt),
      continues: intent.continues ?? null,
    })
    .execute();
};

const basisOf = (basis: DispositionBasis['kind'], ofCase: CaseId | undefined): DispositionBasis =>
  basis === 'decision' && ofCase !== undefined ? { kind: basis, caseId: ofCase } : { kind: 'retention-period-ended' };

/** Which unit, and which kind of open intent. */
export type FindIntentInput = {
  readonly unitId: UnitId;
  /** `interrupted`: one that no process has finished trying. `refused`: one that a store refused to let finish, by id behind another. */
  readonly which: { readonly kind: 'interrupted' } | { readonly kind: 'refused'; readonly after: IntentId | undefined };
};

/** The next unproven intent of a unit, oldest first. */
export const findOpenIntent = async (
  db: Database,
  { unitId: ofUnit, which }: FindIntentInput,
): Promise<Intent | undefined> => {
  let query = db
    .selectFrom('erasure_intent')
    .select(columns)
    .where('unit_id', '=', ofUnit)
    .where('state', '=', 'written');
  query = query.where('refused_at', which.kind === 'refused' ? 'is not' : 'is', null);
  if (which.kind === 'refused' && which.after !== undefined) query = query.where('id', '>', which.after);
  const row = await query.orderBy('id').limit(1).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    intentId: intentId(row.id),
    unitId: unitId(row.unit_id),
    controller: controllerId(row.controller),
    recordClass: recordClassId(row.record_class),
    basis: basisOf(row.basis, row.case_id === null ? undefined : caseId(row.case_id)),
    policyVersion: row.policy_version,
    opensAt: fromDate(row.opens_at),
    dueAt: fromDate(row.due_at),
    boundAt: fromDate(row.bound_at),
    writtenAt: fromDate(row.written_at),
    kept: keptBack.parse(row.kept_by),
    continues: row.continues === null ? undefined : intentId(row.continues),
  };
};

/** The records that an intent is about. */
export const readIntentItems = async (db: Database | DatabaseTransaction, ofIntent: IntentId): Promise<IntentItems> => {
  const rows = await db
    .selectFrom('erasure_item')
    // Cast in the database: the ids are ids there.
    .select([sql<RecordId>`record_id::text`.as('recordId'), 'upload_keys'])
    .where('intent_id', '=', ofIntent)
    .orderBy('record_id')
    .execute();
  return {
    recordIds: rows.map(({ recordId }) => recordId),
    uploadKeys: rows.flatMap(({ recordId, upload_keys }) => upload_keys.map((key) => ({ recordId, key }))),
  };
};

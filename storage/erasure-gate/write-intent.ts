/**
 * The point of no return: in one transaction take the fence, read the suspensions, write down what will be destroyed. Once it is
 * committed a suspension comes too late for these records, and the placing answer says so (I4).
 */
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { ErasureRefusal } from '../../domain/certificate.ts';
import { type IntentId, intentId, type RecordId } from '../../domain/ids.ts';
import type { KeepingSuspension, KeptBack } from '../../domain/suspension/suspension.ts';
import { type Instant, millisecondsBetween } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { isDatabaseFault, sqlState } from '../database/database-errors.ts';
import { partBytes } from '../objects/put-object.ts';
import { takeFenceShared } from '../suspensions/fence.ts';
import { matchSuspensions, summariseKept, suspendedDays } from '../suspensions/match-suspensions.ts';
import { type RetentionUnit, readUnit } from '../units/units.ts';
import type { EraseBasis, GateStep } from './contracts.ts';
import type { FoundVersions } from './find-versions.ts';
import { type Intent, type IntentItems, insertIntent } from './intents.ts';

/** What is to be destroyed, as it was seen before the transaction, and how the transaction judges it again. */
export type WriteIntentInput = {
  readonly unit: RetentionUnit;
  readonly basis: EraseBasis;
  readonly recordIds: readonly RecordId[];
  readonly policyVersion: number;
  /** What the store held of the records just before. */
  readonly found: FoundVersions;
  readonly now: Instant;
  /** Whether they are case files, whose files another table names. */
  readonly caseFiles: boolean;
  /** Looks at the unit again as the transaction sees it. */
  readonly refuse: (unit: RetentionUnit) => ErasureRefusal | undefined;
  readonly atStep: (step: GateStep) => Promise<void>;
};

/** Whether the point of no return was passed, and for what. */
export type WriteIntentResult =
  | { readonly kind: 'refused'; readonly reason: ErasureRefusal }
  /** Nothing to destroy: everything is kept, or has left the unit. */
  | { readonly kind: 'nothing'; readonly kept: KeptBack }
  | { readonly kind: 'written'; readonly intent: Intent; readonly items: IntentItems }
  /** Records left the unit meanwhile (re-dated, or written down by another execution): look again. */
  | { readonly kind: 'moved' };

class CandidatesMovedError extends Error {}

/**
 * A decided erasure is not kept back by the very case that decided it: neither by its pending request, nor by a restriction it placed
 * while a right was weighed (an upheld objection erases what was restricted until then, Arts. 17(1)(c), 18(1)(d)).
 */
const withoutOwnCase = async (
  tx: DatabaseTransaction,
  basis: EraseBasis,
  kept: ReadonlyMap<RecordId, readonly KeepingSuspension[]>,
): Promise<ReadonlyMap<RecordId, readonly KeepingSuspension[]>> => {
  if (basis.kind !== 'decision' || kept.size === 0) return kept;
  const keeping = new Set([...kept.values()].flatMap((those) => those.map(({ suspensionId }) => suspensionId)));
  const own = await tx
    .selectFrom('suspension')
    .select(sql<string>`id::text`.as('id'))
    .where('id', 'in', [...keeping])
    .where(({ eb, and, or }) =>
      or([
        and([eb('kind', '=', 'pending-request'), eb('matter_reference', '=', basis.caseId)]),
        and([eb('kind', '=', 'restriction'), sql<boolean>`starts_with(matter_reference, ${`${basis.caseId}/`})`]),
      ]),
    )
    .execute();
  const ownIds = new Set(own.map(({ id }) => id));
  return new Map(
    [...kept].flatMap(([recordId, those]) => {
      const others = those.filter(({ suspensionId }) => !ownIds.has(suspensionId));
      return others.length === 0 ? [] : [[recordId, others] as const];
    }),
  );
};

/** Where the period has run past the due date, for how many days suspensions kept each record; whole or begun days. */
const daysKeptBack = async (
  tx: DatabaseTransaction,
  {
    unit,
    recordIds,
    now,
  }: { readonly unit: RetentionUnit; readonly recordIds: readonly RecordId[]; readonly now: Instant },
): Promise<ReadonlyMap<RecordId, number>> =>
  millisecondsBetween(unit.dueAt, now) <= 0
    ? new Map()
    : suspendedDays(tx, { controller: unit.controller, recordIds, from: unit.dueAt, until: now });

type Items = {
  readonly id: IntentId;
  readonly unit: RetentionUnit;
  readonly policyVersion: number;
  readonly recordIds: readonly RecordId[];
  readonly found: FoundVersions;
  readonly suspended: ReadonlyMap<RecordId, number>;
  readonly caseFiles: boolean;
};

/**
 * The objects of records, and whether parts of an unfinished upload may lie under their keys: what is on its way or came in more than
 * one part, and what an earlier attempt was broken off at, however small the one that counts. Of a case file also the files that came
 * after the case was closed and never arrived whole.
 */
const objectsOf = (recordIds: readonly RecordId[], caseFiles: boolean) => sql`
  SELECT record_id, state, object_key,
    state = 'uploading' OR size > ${partBytes}
      OR EXISTS (SELECT FROM abandoned_object AS earlier WHERE earlier.object_key = record_object.object_key) AS may_have_parts
  FROM record_object WHERE record_id = ANY(${recordIds}::uuid[])
  ${
    caseFiles
      ? sql`UNION ALL
        SELECT case_id, state, object_key, true FROM request_attachment AS attachment
        WHERE case_id = ANY(${recordIds}::uuid[]) AND state = 'uploading'
          AND NOT EXISTS (SELECT FROM record_object WHERE record_object.id = attachment.id)`
      : sql``
  }`;

/**
 * One row for each of the records that is still in the unit, with what the database names and the store held: counts that a crash
 * afterwards cannot shrink. Re-dating moves records to other units behind the same fence, so what is in the unit now stays in it.
 * `undefined` if one of the records has left it: then the caller must roll back.
 */
const insertItems = async (tx: DatabaseTransaction, items: Items): Promise<IntentItems | undefined> => {
  const { id, unit, policyVersion, recordIds, found, suspended, caseFiles } = items;
  const listed = [...found];
  const keys = listed.flatMap(([, versions]) => versions.map(({ key }) => key));
  const { rows } = await sql<{ items: number; uploads: { recordId: RecordId; key: string }[] }>`
    WITH written AS (INSERT INTO erasure_item (record_id, intent_id, source_key, trigger_at, suspended_days,
      versions_found, objects_recorded, objects_missing, upload_keys, trigger_event)
    SELECT record.id, ${id}, record.source_key, record.trigger_at, coalesce(suspended.days, 0),
      coalesce(listed.versions, 0), coalesce(objects.recorded, 0), coalesce(objects.missing, 0), coalesce(objects.uploads, '{}'),
      record.trigger_event
    FROM record
    LEFT JOIN unnest(${[...suspended.keys()]}::uuid[], ${[...suspended.values()]}::integer[])
      AS suspended (id, days) ON suspended.id = record.id
    LEFT JOIN unnest(${listed.map(([recordId]) => recordId)}::uuid[], ${listed.map(([, versions]) => versions.length)}::integer[])
      AS listed (id, versions) ON listed.id = record.id
    LEFT JOIN (
      SELECT record_id,
        count(*) FILTER (WHERE state = 'stored') AS recorded,
        count(*) FILTER (WHERE state = 'stored' AND NOT object_key = ANY(${keys}::text[])) AS missing,
        array_agg(object_key ORDER BY object_key) FILTER (WHERE may_have_parts) AS uploads
      FROM (${objectsOf(recordIds, caseFiles)}) AS object GROUP BY record_id
    ) AS objects ON objects.record_id = record.id
    WHERE record.id = ANY(${recordIds}::uuid[]) AND record.unit_id = ${unit.unitId} AND record.policy_version = ${policyVersion}
      AND NOT EXISTS (SELECT FROM erasure_item AS item WHERE item.record_id = record.id)
    ORDER BY record.id
    RETURNING record_id, upload_keys)
    SELECT count(*) AS items,
      (SELECT coalesce(jsonb_agg(jsonb_build_object('recordId', record_id, 'key', key) ORDER BY record_id, key), '[]')
        FROM written CROSS JOIN unnest(upload_keys) AS key) AS uploads
    FROM written`.execute(tx);
  const [written] = rows;
  return written?.items === recordIds.length ? { recordIds, uploadKeys: written.uploads } : undefined;
};

/** Writes the intent for those of the records that are still in the unit and not kept. */
export const writeIntent = (db: Database, input: WriteIntentInput): Promise<WriteIntentResult> =>
  db
    .transaction()
    .execute(async (tx): Promise<WriteIntentResult> => {
      const { basis, policyVersion, found, now, caseFiles, refuse, atStep } = input;
      const { controller, recordClass, unitId } = input.unit;
      await takeFenceShared(tx, controller);
      await atStep('fence-taken');
      const unit = await readUnit(tx, unitId);
      const reason = unit === undefined ? 'unknown-unit' : refuse(unit);
      if (unit === undefined || reason !== undefined) return { kind: 'refused', reason: reason ?? 'unknown-unit' };
      const kept = await withoutOwnCase(
        tx,
        basis,
        await matchSuspensions(tx, { controller, recordIds: input.recordIds }),
      );
      await atStep('suspensions-read');
      const keptBack = summariseKept(kept);
      const erasable = input.recordIds.filter((recordId) => !kept.has(recordId));
      if (erasable.length === 0) return { kind: 'nothing', kept: keptBack };
      const id = intentId(uuid());
      const intent: Intent = {
        intentId: id,
        unitId,
        controller,
        recordClass,
        basis: basis.kind === 'decision' ? { kind: basis.kind, caseId: basis.caseId } : basis,
        policyVersion,
        opensAt: unit.opensAt,
        dueAt: unit.dueAt,
        boundAt: unit.boundAt,
        writtenAt: now,
        kept: keptBack,
        continues: undefined,
      };
      await insertIntent(tx, intent, { records: erasable.length });
      const suspended = await daysKeptBack(tx, { unit, recordIds: erasable, now });
      const items = await insertItems(tx, {
        id,
        unit,
        policyVersion,
        recordIds: erasable,
        found,
        suspended,
        caseFiles,
      });
      // Something left the unit since the candidates were read: the next walk sees what is there.
      if (items === undefined) throw new CandidatesMovedError();
      await appendAuditEntry(tx, {
        at: now,
        actor: 'erasure-gate',
        role: 'system',
        action: 'erasure-intended',
        controller,
        target: { kind: 'intent', id },
        why: basis.kind === 'decision' ? `decision:${basis.caseId}` : basis.kind,
        detail: { unitId, records: erasable.length, kept: keptBack.records },
      });
      await atStep('intent-written');
      return { kind: 'written', intent, items };
    })
    .catch((error: unknown) => {
      // Two executions that met here: the key of the items let one of them in.
      if (error instanceof CandidatesMovedError || isDatabaseFault(error, sqlState.uniqueViolation, 'erasure_item_pk'))
        return { kind: 'moved' };
      throw error;
    });

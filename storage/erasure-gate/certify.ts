/**
 * The last step: in one transaction, what was proven gets its certificate, what failed goes on under a continuing intent, and the
 * intent is closed. Of several executions at this point, one that was taken for lost among them, exactly one does it: the intent's row is locked and
 * its certificate is unique.
 */

import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { v7 as uuid } from 'uuid';
import type { FailedRecords } from '../../domain/certificate.ts';
import { given } from '../../domain/given.ts';
import { type CertificateId, certificateId, type IntentId, intentId, type RecordId } from '../../domain/ids.ts';
import { nothingKept } from '../../domain/suspension/suspension.ts';
import type { Instant } from '../../domain/time/instant.ts';
import { appendAuditEntry } from '../audit/audit-trail.ts';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';
import { fromDate, toDate } from '../database/instants.ts';
import type { DispositionTerms } from '../policies/disposition-terms.ts';
import { composeCertificate, type ItemTotals } from './certificate-document.ts';
import type { GateStep } from './contracts.ts';
import type { FailedByRecord } from './destroy-objects.ts';
import { type Intent, insertIntent } from './intents.ts';

/** The intent and what reading back found: which of its records are proven absent, and which are not. */
export type CertifyInput = {
  readonly intent: Intent;
  readonly terms: DispositionTerms;
  /** All records of the intent, sorted. */
  readonly recordIds: readonly RecordId[];
  /** Those of which something is left, by a code. */
  readonly failed: FailedByRecord;
  readonly verifiedAt: Instant;
  readonly atStep: (step: GateStep) => Promise<void>;
};

/** The certificate, if anything was proven, and for how many records. */
export type CertifyResult = { readonly certificateId: CertificateId | undefined; readonly gone: number };

/** How many records failed with each code. */
export const countCodes = (failed: FailedByRecord): FailedRecords['codes'] => {
  const counts = new Map<string, number>();
  for (const code of failed.values()) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].sort().map(([code, records]) => ({ code, records }));
};

const auditRefusal = (
  tx: DatabaseTransaction,
  { intent, failed, verifiedAt }: CertifyInput,
  ofIntent: IntentId,
): Promise<void> =>
  appendAuditEntry(tx, {
    at: verifiedAt,
    actor: 'erasure-gate',
    role: 'system',
    action: 'erasure-refused-by-store',
    controller: intent.controller,
    target: { kind: 'intent', id: ofIntent },
    why: countCodes(failed)
      .map(({ code }) => code)
      .join(','),
    detail: { unitId: intent.unitId, records: failed.size },
  });

/** What failed goes on under an intent of its own: its items move there, and the certificate of this one does not count them. */
const continueWithFailed = async (tx: DatabaseTransaction, input: CertifyInput): Promise<IntentId | undefined> => {
  const { intent, failed, verifiedAt } = input;
  if (failed.size === 0) return undefined;
  const id = intentId(uuid());
  // The point of no return does not move: `writtenAt` stays.
  const continuing: Intent = { ...intent, intentId: id, kept: nothingKept, continues: intent.intentId };
  await insertIntent(tx, continuing, { records: failed.size, refusedAt: verifiedAt });
  await sql`UPDATE erasure_item SET intent_id = ${id} WHERE record_id = ANY(${[...failed.keys()]}::uuid[])`.execute(tx);
  await auditRefusal(tx, input, id);
  return id;
};

const readTotals = async (
  tx: DatabaseTransaction,
  ofIntent: IntentId,
  continuedBy: IntentId | undefined,
): Promise<ItemTotals> => {
  const { rows } = await sql<{
    first: Date;
    last: Date;
    recorded: number;
    missing: number;
    versions: number;
    suspended: number;
    longest: number;
    failed: number;
    events: (string | null)[];
  }>`
    SELECT min(trigger_at) AS first, max(trigger_at) AS last, sum(objects_recorded) AS recorded,
      sum(objects_missing) AS missing, sum(versions_found) AS versions,
      count(*) FILTER (WHERE suspended_days > 0) AS suspended, max(suspended_days) AS longest,
      array_agg(DISTINCT trigger_event ORDER BY trigger_event) AS events,
      (SELECT coalesce(sum(objects_recorded - objects_missing), 0) FROM erasure_item
        WHERE intent_id = ${continuedBy ?? null}::uuid) AS failed
    FROM erasure_item WHERE intent_id = ${ofIntent}`.execute(tx);
  const [totals] = rows;
  if (totals === undefined) throw new Error('An intent without items cannot be certified');
  return {
    firstTriggerAt: fromDate(totals.first),
    lastTriggerAt: fromDate(totals.last),
    objectsRecorded: totals.recorded,
    objectsMissing: totals.missing,
    versionsFound: totals.versions,
    objectsFailed: totals.failed,
    suspendedRecords: totals.suspended,
    longestSuspendedDays: totals.longest,
    triggerEvents: totals.events,
  };
};

const alreadyCertified = async (tx: DatabaseTransaction, ofIntent: IntentId): Promise<CertifyResult> => {
  const row = await tx
    .selectFrom('disposition_certificate')
    .select(['id', 'records_gone'])
    .where('intent_id', '=', ofIntent)
    .executeTakeFirstOrThrow();
  return { certificateId: certificateId(row.id), gone: row.records_gone };
};

/** Closes the intent with its certificate. If nothing of it is gone there is none, and the intent stays open. */
export const certify = (db: Database, input: CertifyInput): Promise<CertifyResult> =>
  db.transaction().execute(async (tx): Promise<CertifyResult> => {
    const { intent, terms, recordIds, failed, verifiedAt, atStep } = input;
    const { state, unit_size } = await tx
      .selectFrom('erasure_intent')
      .innerJoin('retention_unit', 'retention_unit.id', 'erasure_intent.unit_id')
      .select(['erasure_intent.state', 'retention_unit.unit_size'])
      .where('erasure_intent.id', '=', intent.intentId)
      .forUpdate('erasure_intent')
      .executeTakeFirstOrThrow();
    if (state === 'certified') return alreadyCertified(tx, intent.intentId);
    const gone = recordIds.filter((recordId) => !failed.has(recordId));
    if (gone.length === 0) {
      await tx
        .updateTable('erasure_intent')
        .set({ refused_at: toDate(verifiedAt) })
        .where('id', '=', intent.intentId)
        .execute();
      await auditRefusal(tx, input, intent.intentId);
      return { certificateId: undefined, gone: 0 };
    }
    const continuedBy = await continueWithFailed(tx, input);
    const id = certificateId(uuid());
    const document = composeCertificate({
      certificateId: id,
      intent,
      unitSize: unit_size,
      terms,
      recordIds: gone,
      totals: await readTotals(tx, intent.intentId, continuedBy),
      failed: { records: failed.size, codes: countCodes(failed), ...given({ continuedBy }) },
      verifiedAt,
    });
    const digest = createHash('sha256').update(canonicalJson(document)).digest();
    await tx
      .insertInto('disposition_certificate')
      .values({
        id,
        intent_id: intent.intentId,
        unit_id: intent.unitId,
        controller: intent.controller,
        record_class: intent.recordClass,
        issued_at: toDate(verifiedAt),
        verified_at: toDate(verifiedAt),
        bound_at: toDate(intent.boundAt),
        records_gone: gone.length,
        document: JSON.stringify(document),
        digest,
      })
      .execute();
    await tx
      .updateTable('erasure_intent')
      .set({ state: 'certified', record_count: gone.length })
      .where('id', '=', intent.intentId)
      .execute();
    await appendAuditEntry(tx, {
      at: verifiedAt,
      actor: 'erasure-gate',
      role: 'system',
      action: 'erasure-certified',
      controller: intent.controller,
      target: { kind: 'certificate', id },
      why: intent.basis.kind === 'decision' ? `decision:${intent.basis.caseId}` : intent.basis.kind,
      // The digest ties the certificate to the chain: a changed certificate no longer matches a sealed entry.
      detail: {
        intentId: intent.intentId,
        unitId: intent.unitId,
        records: gone.length,
        digest: digest.toString('hex'),
      },
    });
    await atStep('certificate-written');
    return { certificateId: id, gone: gone.length };
  });

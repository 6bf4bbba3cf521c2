/** The set-based inserts of taking records in: as many rows as wanted in one statement a table. */
import { sql } from 'kysely';
import type { RecordId, UnitId } from '../../domain/ids.ts';
import type { Instant } from '../../domain/time/instant.ts';
import type { DatabaseTransaction } from '../database/database.ts';
import { toDate } from '../database/instants.ts';
import type { PreparedRecord } from './prepare-record.ts';

/** A prepared record and the unit it joins. */
export type PlacedRecord = { readonly record: PreparedRecord; readonly unitId: UnitId };

/**
 * Inserts records with what belongs to them. Returns the ids that were inserted: one is missing where another transaction was
 * faster with the same source id, and then the caller must roll back.
 */
export const insertRecords = async (
  tx: DatabaseTransaction,
  { placed, now }: { readonly placed: readonly PlacedRecord[]; readonly now: Instant },
): Promise<ReadonlySet<RecordId>> => {
  const records = placed.map(({ record }) => record);
  const registeredAt = toDate(now);
  // Sorted by source key, as every transaction does: two with common keys wait in line, never in a circle.
  const inserted = await sql<{ id: RecordId }>`
    INSERT INTO record
      (id, unit_id, controller, record_class, source_id, source_key, trigger_at, registered_at, policy_version, sealed_content, content_digest, trigger_event)
    SELECT id, unit_id, controller, record_class, source_id, source_key, trigger_at, ${registeredAt}::timestamptz, policy_version, sealed_content, content_digest, trigger_event
    FROM unnest(
      ${records.map(({ id }) => id)}::uuid[],
      ${placed.map(({ unitId }) => unitId)}::uuid[],
      ${records.map(({ controller }) => controller)}::text[],
      ${records.map(({ recordClass }) => recordClass)}::text[],
      ${records.map(({ sourceId }) => sourceId)}::text[],
      ${records.map(({ sourceKey }) => sourceKey)}::bytea[],
      ${records.map(({ triggerAt }) => triggerAt)}::timestamptz[],
      ${records.map(({ policyVersion }) => policyVersion)}::integer[],
      ${records.map(({ sealedContent }) => sealedContent)}::bytea[],
      ${records.map(({ contentDigest }) => contentDigest)}::bytea[],
      ${records.map(({ triggerEvent }) => triggerEvent ?? null)}::text[])
      AS handed_in (id, unit_id, controller, record_class, source_id, source_key, trigger_at, policy_version, sealed_content, content_digest,
        trigger_event)
    ORDER BY source_key
    ON CONFLICT (source_key) DO NOTHING
    RETURNING id`.execute(tx);
  const ids = new Set(inserted.rows.map(({ id }) => id));
  if (ids.size < records.length) return ids;

  const subjects = records.flatMap(({ id, subjects: theirs }) => theirs.map((subject) => ({ id, ...subject })));
  if (subjects.length > 0) {
    await sql`
      INSERT INTO record_subject (record_id, kind, subject_key)
      SELECT * FROM unnest(
        ${subjects.map(({ id }) => id)}::uuid[],
        ${subjects.map(({ kind }) => kind)}::text[],
        ${subjects.map(({ key }) => key)}::bytea[])`.execute(tx);
  }
  const attributes = records.flatMap(({ id, attributes: theirs }) => theirs.map((attribute) => ({ id, ...attribute })));
  if (attributes.length > 0) {
    await sql`
      INSERT INTO record_attribute (record_id, name, attribute_key)
      SELECT * FROM unnest(
        ${attributes.map(({ id }) => id)}::uuid[],
        ${attributes.map(({ name }) => name)}::text[],
        ${attributes.map(({ key }) => key)}::bytea[])`.execute(tx);
  }
  const transcripts = records.filter(({ transcriptDue }) => transcriptDue);
  if (transcripts.length > 0) {
    await sql`
      INSERT INTO transcript_delivery (record_id, controller, due_at)
      SELECT *, ${registeredAt}::timestamptz FROM unnest(
        ${transcripts.map(({ id }) => id)}::uuid[],
        ${transcripts.map(({ controller }) => controller)}::text[])`.execute(tx);
  }
  return ids;
};

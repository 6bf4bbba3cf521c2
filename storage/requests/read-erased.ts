/**
 * What a case's decision erased, read from the ledger of destruction: only what a certificate proves. A record that something kept back
 * may go by its period before the decision reaches it; the letter says so all the same.
 */
import { sql } from 'kysely';
import type { ErasedLine } from '../../domain/letter/letter-content.ts';
import { personalTies } from '../../domain/request/decision/record-tie.ts';
import { localDateAt } from '../../domain/time/calendar.ts';
import type { Database } from '../database/database.ts';
import { fromDate } from '../database/instants.ts';

/** The records of a case's certificates, oldest first. */
export const readErasedByCase = async (
  db: Database,
  caseId: string,
  timeZone: string,
): Promise<readonly ErasedLine[]> => {
  const rows = await db
    .selectFrom('erasure_intent')
    .innerJoin('disposition_certificate', 'disposition_certificate.intent_id', 'erasure_intent.id')
    .innerJoin('erasure_item', 'erasure_item.intent_id', 'erasure_intent.id')
    .select([
      'erasure_item.record_id',
      'erasure_intent.record_class',
      'disposition_certificate.verified_at',
      'disposition_certificate.id as certificate',
    ])
    .where(
      sql<boolean>`(erasure_intent.case_id = ${caseId}::uuid OR erasure_item.record_id IN (
        SELECT taken.record_id FROM request_execution AS execution
        JOIN manifest_record AS taken ON taken.manifest_id = (execution.result ->> 'manifestId')::uuid
          AND taken.tie = ANY(${[...personalTies]}::text[])
        WHERE execution.case_id = ${caseId}::uuid))`,
    )
    .orderBy('disposition_certificate.verified_at')
    .orderBy('erasure_item.record_id')
    .execute();
  return rows.map((row) => ({
    recordId: row.record_id,
    recordClass: row.record_class,
    erasedOn: localDateAt(fromDate(row.verified_at), timeZone),
    certificate: row.certificate,
  }));
};

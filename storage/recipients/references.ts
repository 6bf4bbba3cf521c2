/**
 * The ids by which source systems and recipients know a case's records. Noted before anything is done to them, because an erased
 * record leaves a keyed hash only; sealed, and emptied when every recipient has been notified (Art. 5(1)(c), (e)).
 */
import { sql } from 'kysely';
import type { RecordClassId, RecordId } from '../../domain/ids.ts';
import type { Database } from '../database/database.ts';
import type { Sealing } from '../sealing/sealing.ts';

const place = (caseId: string, recordId: string): string => `recipient-reference/${caseId}/${recordId}`;

/** Opens the source system's id of one record. */
export const openReference = (sealing: Sealing, caseId: string, recordId: string, sealed: Uint8Array): string =>
  sealing.open(sealed, place(caseId, recordId)).toString('utf8');

/** Which frozen manifest, and which of its classes. */
export type NoteReferencesInput = {
  readonly caseId: string;
  readonly manifestId: string;
  /** Only classes that were disclosed to a recipient. */
  readonly recordClasses: readonly RecordClassId[];
  /** Called after each page. */
  readonly heartbeat: () => void;
};

const pageSize = 2_000;

/** Notes the ids of what a search found and is still there; what was noted before stays. Memory stays flat. */
export const noteReferences = async (
  { db, sealing }: { readonly db: Database; readonly sealing: Sealing },
  { caseId, manifestId, recordClasses, heartbeat }: NoteReferencesInput,
): Promise<void> => {
  if (recordClasses.length === 0) return;
  for (;;) {
    const { rows } = await sql<{ id: RecordId; record_class: RecordClassId; source_id: string }>`
      SELECT record.id, record.record_class, record.source_id
      FROM manifest_record JOIN record ON record.id = manifest_record.record_id
      LEFT JOIN recipient_reference known ON known.case_id = ${caseId}::uuid AND known.record_id = record.id
      WHERE manifest_record.manifest_id = ${manifestId}::uuid AND manifest_record.tie IN ('identified', 'contact', 'named')
        AND record.record_class = ANY(${[...recordClasses]}::text[])
        AND known.sealed_source_id IS NULL
      LIMIT ${pageSize}`.execute(db);
    if (rows.length === 0) return;
    await db
      .insertInto('recipient_reference')
      .values(
        rows.map(({ id, record_class, source_id }) => ({
          case_id: caseId,
          record_id: id,
          record_class,
          sealed_source_id: sealing.seal(Buffer.from(source_id, 'utf8'), place(caseId, id)),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['case_id', 'record_id'])
          .doUpdateSet((known) => ({ sealed_source_id: known.ref('excluded.sealed_source_id') })),
      )
      .execute();
    heartbeat();
  }
};

/**
 * Empties the noted ids of a notification's case once no recipient is left to be notified. While a right is being executed nothing is emptied:
 * its ids may have been noted a moment ago.
 */
export const forgetReferences = async (db: Database, notificationId: string): Promise<void> => {
  await sql`
    UPDATE recipient_reference SET sealed_source_id = NULL
    FROM recipient_notification ended
    WHERE ended.id = ${notificationId}::uuid AND recipient_reference.case_id = ended.case_id AND sealed_source_id IS NOT NULL
      AND NOT EXISTS (SELECT FROM request_right WHERE request_right.case_id = ended.case_id AND request_right.state = 'executing')
      AND NOT EXISTS (SELECT FROM recipient_notification open WHERE open.case_id = ended.case_id
        AND open.state NOT IN ('acknowledged', 'impossible', 'disproportionate')
        AND NOT (open.state = 'told' AND open.told_by = 'by-hand'))`.execute(db);
};

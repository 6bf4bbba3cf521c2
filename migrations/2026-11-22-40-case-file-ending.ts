/**
 * Case files end in the gate (Art. 5(1)(e)): with the record of a case file, all that is kept of the case is destroyed and read back.
 * Only the gate's login may do so. What stays behind names nobody: the ledger, the audit trail, numbers of registers, refusals.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    GRANT SELECT, DELETE ON request_case, request_subject, request_right, request_event, request_command, request_letter,
      request_attachment, request_named_record, manifest, manifest_record, manifest_object, manifest_erased, request_execution,
      request_rectification, recipient_reference, recipient_notice, recipient_notice_record, recipient_notification,
      recipient_command, letter_file, letter_file_part, letter_delivery, delivery_link, delivery_link_use, access_package TO oblio_gate
  `.execute(db);
}

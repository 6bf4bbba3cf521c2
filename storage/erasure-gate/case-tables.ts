/**
 * What is kept of a rights request beside the record of its case file, and of a hold (its notices) beside the record of its file. The
 * record's id is the case's or the hold's id, so that one key finds all of it. A table with a column `case_id` is in one of the two lists below; a test compares them with the schema.
 */

/** A table that ends with the case file: by a column of its own, or through the table it belongs to. */
export type CaseTable = {
  readonly table: string;
  readonly column: string;
  /** The table that has the case's id, where this one has not. No row of this one can be without its row there: a foreign key. */
  readonly through?: { readonly table: string; readonly key: string };
};

/** In the order in which they are emptied: what refers to another table before that table. */
export const caseTables: readonly CaseTable[] = [
  { table: 'delivery_link_use', column: 'link_id', through: { table: 'delivery_link', key: 'id' } },
  { table: 'letter_delivery', column: 'case_id' },
  { table: 'delivery_link', column: 'case_id' },
  { table: 'letter_file_part', column: 'file_id', through: { table: 'letter_file', key: 'id' } },
  { table: 'letter_file', column: 'case_id' },
  { table: 'recipient_command', column: 'notification_id', through: { table: 'recipient_notification', key: 'id' } },
  { table: 'recipient_notification', column: 'case_id' },
  { table: 'recipient_notice_record', column: 'notice_id', through: { table: 'recipient_notice', key: 'id' } },
  { table: 'recipient_notice', column: 'case_id' },
  { table: 'recipient_reference', column: 'case_id' },
  { table: 'request_rectification', column: 'case_id' },
  { table: 'request_execution', column: 'case_id' },
  { table: 'access_package', column: 'case_id' },
  { table: 'manifest_object', column: 'manifest_id', through: { table: 'manifest', key: 'id' } },
  { table: 'manifest_record', column: 'manifest_id', through: { table: 'manifest', key: 'id' } },
  { table: 'manifest_erased', column: 'manifest_id', through: { table: 'manifest', key: 'id' } },
  { table: 'manifest', column: 'case_id' },
  { table: 'request_named_record', column: 'case_id' },
  { table: 'request_attachment', column: 'case_id' },
  { table: 'request_letter', column: 'case_id' },
  { table: 'request_command', column: 'case_id' },
  { table: 'request_event', column: 'case_id' },
  { table: 'request_right', column: 'case_id' },
  { table: 'request_subject', column: 'case_id' },
  { table: 'request_case', column: 'id' },
  { table: 'hold_notice_delivery', column: 'suspension_id' },
  { table: 'hold_notice', column: 'suspension_id' },
];

/** Tables that name a case and outlive its file, each with the reason. */
export const outliveCaseFile: Readonly<Record<string, string>> = {
  erasure_intent:
    'the ledger of destruction: ids, dates and counts only; it proves that a decision was carried out (Art. 5(2))',
  opt_out: 'what a person refused, by keyed hash: without it the refusal could not be respected (Art. 21(3), 17(3)(b))',
  record_statement: 'stands beside a record, is shown with it and is destroyed with that record, not with the case',
};

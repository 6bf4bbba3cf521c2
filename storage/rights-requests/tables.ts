/** The tables of the case file that only this folder touches, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';

export type RequestReferenceTable = { controller: string; year: number; last_number: number };

export type RequestCaseTable = {
  id: string;
  controller: string;
  reference: string;
  reference_year: number;
  reference_number: number;
  message_key: Buffer;
  channel: string;
  language: string;
  received_at: Date;
  registered_at: Date;
  registered_by: string;
  policy_version: number;
  suspension_id: string;
  sealed_person: Buffer;
  revision: number;
  stage: string;
  waiting_for: string;
  due_at: Date | null;
  state: ColumnType<unknown, string, string>;
  workflow_started_at: Date | null;
  changed_at: Date;
};

export type RequestSubjectTable = {
  case_id: string;
  controller: string;
  kind: string;
  subject_key: Buffer;
  /** When staff checked, with the identity, that it is the person's own. */
  verified_at: Date | null;
};

export type RequestRightTable = {
  case_id: string;
  controller: string;
  right_key: string;
  right_kind: string;
  state: string;
  outcome: string | null;
  ending: string | null;
  due_at: Date | null;
};

export type RequestEventTable = {
  case_id: string;
  sequence: number;
  at: Date;
  actor: string;
  role: string;
  command_id: string | null;
  kind: string;
  event: ColumnType<unknown, string, never>;
};

export type RequestCommandTable = {
  id: string;
  case_id: string;
  actor: string;
  role: string;
  idempotency_key: string;
  request_digest: Buffer;
  kind: string;
  sealed_words: Buffer | null;
  state: Generated<'submitted' | 'accepted' | 'refused'>;
  answer: ColumnType<unknown, string | null, string>;
  submitted_at: Date;
};

export type RequestLetterTable = {
  id: string;
  case_id: string;
  kind: string;
  language: string;
  composed_at: Date;
  sealed_content: Buffer;
  content_digest: Buffer;
};

export type RequestAttachmentTable = {
  id: string;
  case_id: string;
  sealed_name: Buffer;
  media_type: string;
  object_key: string;
  state: 'uploading' | 'stored';
  version_id: string | null;
  size: number;
  sha256: Buffer | null;
  added_by: string;
  created_at: Date;
};

export type ProtocolRegisterTable = { controller: string; year: number; last_number: number };

export type ProtocolEntryTable = {
  letter_id: string;
  controller: string;
  year: number;
  number: number;
  registered_on: string;
  /** SHA-256 of the file as it leaves; null until it is rendered. */
  file_sha256: Buffer | null;
};

/** These tables by name; part of `Tables`. */
export type RequestTables = {
  request_reference: RequestReferenceTable;
  request_case: RequestCaseTable;
  request_subject: RequestSubjectTable;
  request_right: RequestRightTable;
  request_event: RequestEventTable;
  request_command: RequestCommandTable;
  request_letter: RequestLetterTable;
  request_attachment: RequestAttachmentTable;
  protocol_register: ProtocolRegisterTable;
  protocol_entry: ProtocolEntryTable;
};

/** The tables of the case file, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId, SuspensionId } from '../../domain/ids.ts';

/** The last reference given, by controller and year. */
export type RequestReferenceTable = { controller: ControllerId; year: number; last_number: number };

/** One line for each case: what it was taken in with, and its state as the fold of its events. The person lies sealed. */
export type RequestCaseTable = {
  id: string;
  controller: ControllerId;
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
  suspension_id: SuspensionId;
  sealed_person: Buffer;
  revision: number;
  stage: string;
  waiting_for: string;
  due_at: Date | null;
  state: ColumnType<unknown, string, string>;
  workflow_started_at: Date | null;
  /** Whether its workflow bears the case's reference; one that was taken in before there were such ids does not. */
  workflow_by_reference: Generated<boolean>;
  changed_at: Date;
};

/** The identifiers of a case's person, as keyed hashes. */
export type RequestSubjectTable = {
  case_id: string;
  controller: ControllerId;
  kind: string;
  subject_key: Buffer;
  /** When staff checked, with the identity, that it is the person's own. */
  verified_at: Date | null;
};

/** The rights of a case, for lists and figures; the state of the case is the truth. */
export type RequestRightTable = {
  case_id: string;
  controller: ControllerId;
  right_key: string;
  right_kind: string;
  state: string;
  outcome: string | null;
  ending: string | null;
  due_at: Date | null;
};

/** The history of a case, append-only, codes and ids only. */
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

/** Commands with their sealed words, and what each was answered. */
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

/** Files of a case: a row before the first byte, `stored` once all of them are there. */
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

/** These tables by name; part of `Tables`. */
export type RequestTables = {
  request_reference: RequestReferenceTable;
  request_case: RequestCaseTable;
  request_subject: RequestSubjectTable;
  request_right: RequestRightTable;
  request_event: RequestEventTable;
  request_command: RequestCommandTable;
  request_attachment: RequestAttachmentTable;
};

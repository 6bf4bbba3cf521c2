/**
 * The tables as Kysely sees them, one type per table. Rows stay inside `storage`: what leaves it is a domain type.
 * Instants are `Date` objects on the wire of the driver; local dates stay text (the pool turns off the driver's own parsing).
 */
import type { ColumnType, Generated } from 'kysely';
import type { ExecutionTables } from '../execution/tables.ts';
import type { HoldNoticeTables } from '../hold-notices/tables.ts';
import type { LetterFileTables } from '../letters/tables.ts';
import type { ManifestTables } from '../manifests/tables.ts';
import type { PackageTables } from '../packages/tables.ts';
import type { RecipientTables } from '../recipients/tables.ts';
import type { RequestTables } from '../requests/tables.ts';
import type { SuspensionHandlingTables } from '../suspensions/tables.ts';

/** Policies as they were in force, each version once. */
export type PolicyVersionTable = {
  controller: string;
  version: number;
  digest: Buffer;
  document: ColumnType<unknown, string, never>;
  stored_at: Date;
};

/** Retention units; a null `workflow_started_at` is the intent to start one's workflow (I1). */
export type RetentionUnitTable = {
  id: string;
  controller: string;
  record_class: string;
  unit_size: 'record' | 'day';
  unit_key: string;
  bound_day: string;
  opens_at: Date;
  due_at: Date;
  bound_at: Date;
  state: Generated<'open' | 'closed'>;
  created_at: Date;
  workflow_started_at: Date | null;
  closed_at: Date | null;
  /** Its dates changed, or a record joined it late, and its workflow was not told yet. */
  redated_at: Date | null;
};

/** Records, with their content sealed. */
export type RecordTable = {
  id: string;
  unit_id: string;
  controller: string;
  record_class: string;
  source_id: string;
  source_key: Buffer;
  trigger_at: Date;
  registered_at: Date;
  policy_version: number;
  sealed_content: Buffer;
  content_digest: Buffer;
  /** Which event the period runs from; only where a field of the record chose among several of its class. */
  trigger_event: string | null;
};

/** By which identifiers a record is found, as keyed hashes. */
export type RecordSubjectTable = { record_id: string; kind: string; subject_key: Buffer };

/** By which coded fields a hold finds a record, as keyed hashes. */
export type RecordAttributeTable = { record_id: string; name: string; attribute_key: Buffer };

/** Objects of records; only `stored` ones count. */
export type RecordObjectTable = {
  id: string;
  record_id: string;
  name: string;
  media_type: string;
  object_key: string;
  state: 'uploading' | 'stored';
  version_id: string | null;
  /** Bytes; the pool parses bigint as a number. */
  size: number;
  sha256: Buffer;
  created_at: Date;
  /** When it was last looked at for holds that cover it; absent: not since it was stored. */
  hold_checked_at: Date | null;
};

/** Keys under which something may lie in the store that no record has: for the gate to clear. */
export type AbandonedObjectTable = {
  id: Generated<string>;
  object_key: string;
  controller: string;
  reason: 'record-erased-during-upload' | 'upload-broken-off' | 'no-record';
  noticed_at: Date;
  gone_at: Date | null;
};

/** Suspensions; where `revision` is ahead of `workflow_revision`, a workflow must be told. */
export type SuspensionTable = {
  id: string;
  controller: string;
  kind: 'litigation-hold' | 'legal-obligation' | 'restriction' | 'pending-request';
  matter_reference: string;
  legal_basis: string;
  reason: string;
  placed_by: string;
  effective_at: Date;
  review_on: string;
  state: Generated<'active' | 'released'>;
  released_at: Date | null;
  revision: Generated<number>;
  workflow_revision: Generated<number>;
  /** Grows when the scope changes or ends, not with a review. */
  scope_revision: Generated<number>;
};

/**
 * What suspensions cover: each clause is the conjunction of its columns that are not null, `trigger_until` excluded.
 */
export type SuspensionClauseTable = {
  id: string;
  suspension_id: string;
  controller: string;
  added_at: Date;
  ended_at: Date | null;
  active: ColumnType<boolean, never, never>;
  record_id: string | null;
  subject_key: Buffer | null;
  attribute_key: Buffer | null;
  record_class: string | null;
  trigger_from: Date | null;
  trigger_until: Date | null;
  found_by: ColumnType<'record' | 'subject' | 'attribute' | 'class', never, never>;
};

/** The ledger: what was past the point of no return, since when and on which basis. Never deleted. */
export type ErasureIntentTable = {
  id: string;
  unit_id: string;
  controller: string;
  record_class: string;
  basis: 'retention-period-ended' | 'decision';
  case_id: string | null;
  policy_version: number;
  opens_at: Date;
  due_at: Date;
  bound_at: Date;
  written_at: Date;
  record_count: number;
  kept_count: number;
  kept_by: ColumnType<unknown, string, never>;
  state: Generated<'written' | 'certified'>;
  /** When a store last refused to let it finish; null while nobody has tried to the end. */
  refused_at: Date | null;
  continues: string | null;
};

/** The tombstones: which records an intent destroyed, without a word about whom. */
export type ErasureItemTable = {
  record_id: string;
  intent_id: string;
  source_key: Buffer;
  trigger_at: Date;
  /** Objects that the record's rows name as stored; how many of them the store did not have when the intent was written. */
  objects_recorded: Generated<number>;
  objects_missing: Generated<number>;
  /** Versions and delete markers that the store listed under the record when the intent was written. */
  versions_found: Generated<number>;
  /** Keys under which parts of an unfinished upload may lie: the store lists those by exact key only. */
  upload_keys: Generated<string[]>;
  suspended_days: Generated<number>;
  trigger_event: string | null;
};

/** Decisions to apply a changed policy to what exists. */
export type RedatingTable = {
  id: string;
  controller: string;
  policy_version: number;
  state: 'waiting' | 'running' | 'finished' | 'declined' | 'superseded';
  shown: ColumnType<unknown, string, never>;
  shown_digest: string;
  reason: string;
  requested_by: string;
  requested_at: Date;
  decided_by: string | null;
  decided_at: Date | null;
  decided_why: string | null;
  position: string | null;
  records_moved: Generated<number>;
  finished_at: Date | null;
};

/** Certificates as issued; `document` is what is shown, `digest` is taken over it. */
export type DispositionCertificateTable = {
  id: string;
  intent_id: string;
  unit_id: string;
  controller: string;
  record_class: string;
  issued_at: Date;
  /** When the absence was read back; `verified_at - bound_at` is the lag of I3. */
  verified_at: Date;
  bound_at: Date;
  records_gone: number;
  document: ColumnType<unknown, string, never>;
  digest: Buffer;
};

/** The audit trail, append-only (Art. 5(2)). */
export type AuditEntryTable = {
  id: ColumnType<number, never, never>;
  at: Date;
  actor: string;
  role: string;
  action: string;
  controller: string;
  target_kind: string;
  target_id: string;
  why: string;
  detail: ColumnType<unknown, string, never>;
  /** Transaction that wrote it (`xid8`). */
  written_in: ColumnType<string, never, never>;
};

/** The hash chain over the audit trail. */
export type AuditSealTable = {
  sequence: number;
  entry_id: number;
  entry_digest: Buffer;
  chain_digest: Buffer;
  sealed_at: Date;
};

/** Reports of finished sweeps. */
export type SweepReportTable = {
  id: string;
  started_at: Date;
  finished_at: Date;
  as_of: Date;
  report: ColumnType<unknown, string, never>;
};

/** Transcripts to be sent, with the marks that make each be sent once (I9). */
export type TranscriptDeliveryTable = {
  record_id: string;
  controller: string;
  state: Generated<'due' | 'attempting' | 'sent' | 'refused' | 'unknown' | 'given-up'>;
  due_at: Date;
  workflow_started_at: Date | null;
  settled_at: Date | null;
  attempts: Generated<number>;
};

/** By which each key is recognised that this database was used with; tells nothing of the key. */
export type KeyCheckTable = { key_name: string; check_value: Buffer; first_seen_at: Date };

/** All tables; each room keeps the types of its own. */
export type Tables = RequestTables &
  ExecutionTables &
  HoldNoticeTables &
  LetterFileTables &
  ManifestTables &
  PackageTables &
  RecipientTables &
  SuspensionHandlingTables & {
    policy_version: PolicyVersionTable;
    retention_unit: RetentionUnitTable;
    record: RecordTable;
    record_subject: RecordSubjectTable;
    record_attribute: RecordAttributeTable;
    record_object: RecordObjectTable;
    abandoned_object: AbandonedObjectTable;
    suspension: SuspensionTable;
    suspension_clause: SuspensionClauseTable;
    erasure_intent: ErasureIntentTable;
    erasure_item: ErasureItemTable;
    disposition_certificate: DispositionCertificateTable;
    audit_entry: AuditEntryTable;
    audit_seal: AuditSealTable;
    sweep_report: SweepReportTable;
    transcript_delivery: TranscriptDeliveryTable;
    redating: RedatingTable;
    key_check: KeyCheckTable;
  };

/** The tables of manifests and of records that staff named for a case, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId, ObjectId, RecordClassId, RecordId } from '../../domain/ids.ts';

/** One search of a case, with the place its walk has reached until it is frozen. */
export type ManifestTable = {
  id: string;
  case_id: string;
  controller: ControllerId;
  state: Generated<'collecting' | 'frozen'>;
  started_at: Date;
  walked_key: Buffer | null;
  walked_record: string | null;
  walked: Generated<boolean>;
  frozen_at: Date | null;
  digest: Buffer | null;
  summary: ColumnType<unknown, string | null, string>;
};

/** The records of a manifest as they were at freezing. */
export type ManifestRecordTable = {
  manifest_id: string;
  record_id: RecordId;
  record_class: RecordClassId;
  trigger_at: Date;
  tie: 'identified' | 'contact' | 'named' | 'unclear' | 'gone';
  names_others: boolean;
  bound_day: string;
  policy_version: number;
  legal_basis: ColumnType<unknown, string, never>;
  content_digest: Buffer;
  suspended_by: string[];
  suspensions: string[];
};

/** The object versions of a manifest's records. */
export type ManifestObjectTable = {
  manifest_id: string;
  record_id: RecordId;
  object_id: ObjectId;
  name: string;
  media_type: string;
  object_key: string;
  version_id: string;
  size: number;
  sha256: Buffer;
};

/** Records of the person that were past the point of no return when the search was frozen. */
export type ManifestErasedTable = {
  manifest_id: string;
  record_id: RecordId;
  record_class: RecordClassId;
  trigger_at: Date;
  found_by: 'identifier' | 'named';
};

/** Records that staff named for a case; their reasons lie sealed. */
export type RequestNamedRecordTable = {
  case_id: string;
  controller: ControllerId;
  record_class: RecordClassId;
  source_key: Buffer;
  record_id: RecordId | null;
  named_by: string;
  named_at: Date;
  sealed_words: Buffer;
};

/** These tables by name; part of `Tables`. */
export type ManifestTables = {
  manifest: ManifestTable;
  manifest_record: ManifestRecordTable;
  manifest_object: ManifestObjectTable;
  manifest_erased: ManifestErasedTable;
  request_named_record: RequestNamedRecordTable;
};

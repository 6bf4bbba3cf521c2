/** The ledger of erasures and its certificates, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';
import type { CertificateId, ControllerId, IntentId, RecordClassId, RecordId, UnitId } from '../../domain/ids.ts';

/** The ledger: what was past the point of no return, since when and on which basis. Never deleted. */
export type ErasureIntentTable = {
  id: IntentId;
  unit_id: UnitId;
  controller: ControllerId;
  record_class: RecordClassId;
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
  /** When a store last refused to let it finish; null while no process has tried to the end. */
  refused_at: Date | null;
  continues: string | null;
};

/** The tombstones: which records an intent destroyed, and nothing about persons. */
export type ErasureItemTable = {
  record_id: RecordId;
  intent_id: IntentId;
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

/** Certificates as issued; `document` is what is shown, `digest` is taken over it. */
export type DispositionCertificateTable = {
  id: CertificateId;
  intent_id: IntentId;
  unit_id: UnitId;
  controller: ControllerId;
  record_class: RecordClassId;
  issued_at: Date;
  /** When the absence was read back; `verified_at - bound_at` is the lag of I3. */
  verified_at: Date;
  bound_at: Date;
  records_gone: number;
  document: ColumnType<unknown, string, never>;
  digest: Buffer;
};

/** These tables by name; part of `Tables`. */
export type ErasureTables = {
  erasure_intent: ErasureIntentTable;
  erasure_item: ErasureItemTable;
  disposition_certificate: DispositionCertificateTable;
};

/** The tables of records, and of transcripts to be sent for them, as Kysely sees them. */
import type { Generated } from 'kysely';
import type { ControllerId, RecordClassId, RecordId, UnitId } from '../../domain/ids.ts';

/** Records, with their content sealed. */
export type RecordTable = {
  id: RecordId;
  unit_id: UnitId;
  controller: ControllerId;
  record_class: RecordClassId;
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
export type RecordSubjectTable = { record_id: RecordId; kind: string; subject_key: Buffer };

/** By which coded fields a hold finds a record, as keyed hashes. */
export type RecordAttributeTable = { record_id: RecordId; name: string; attribute_key: Buffer };

/** Transcripts to be sent, with the marks that make each be sent once (I9). */
export type TranscriptDeliveryTable = {
  record_id: RecordId;
  controller: ControllerId;
  state: Generated<'due' | 'attempting' | 'sent' | 'refused' | 'unknown' | 'given-up'>;
  due_at: Date;
  workflow_started_at: Date | null;
  settled_at: Date | null;
  attempts: Generated<number>;
};

/** These tables by name; part of `Tables`. */
export type RecordTables = {
  record: RecordTable;
  record_subject: RecordSubjectTable;
  record_attribute: RecordAttributeTable;
  transcript_delivery: TranscriptDeliveryTable;
};

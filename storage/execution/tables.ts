/** The tables of carried-out decisions that only this folder touches (and the gate, for what belongs to a record), as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId, RecordId } from '../../domain/ids.ts';

/** One line for each decision that is or was carried out; `result` is JSON, null while work on it goes on. */
export type RequestExecutionTable = {
  case_id: string;
  right_key: string;
  decided_at: Date;
  started_at: Date;
  finished_at: Date | null;
  result: ColumnType<unknown, string | null, string>;
};

/** One line for each rectified record of a decision; before and after lie sealed in it. */
export type RequestRectificationTable = {
  case_id: string;
  decided_at: Date;
  position: number;
  record_id: RecordId;
  kind: 'corrected' | 'attached' | 'record-gone';
  unit_to_wake: string | null;
  sealed_change: Buffer;
  done_at: Date;
};

/** Statements of persons beside records; they end with their record. */
export type RecordStatementTable = {
  id: string;
  record_id: RecordId;
  case_id: string;
  decided_at: Date;
  position: number;
  sealed_statement: Buffer;
  attached_at: Date;
};

/** What people refuse. Outlives every record of the person, as keyed hashes (Art. 17(3)(b)). */
export type OptOutTable = {
  id: Generated<string>;
  controller: ControllerId;
  refused: string;
  subject_key: Buffer;
  ground: 'opt-out' | 'objection' | 'consent-withdrawal';
  case_id: string;
  effective_at: Date;
  recorded_at: Date;
  /** Since when the person no longer refuses it; null while the refusal binds. */
  ended_at: Date | null;
  ended_by: string | null;
  sealed_reason: Buffer | null;
};

/** These tables by name; part of `Tables`. */
export type ExecutionTables = {
  request_execution: RequestExecutionTable;
  request_rectification: RequestRectificationTable;
  record_statement: RecordStatementTable;
  opt_out: OptOutTable;
};

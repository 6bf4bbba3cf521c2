/** The table of retention units, as Kysely sees it. */
import type { Generated } from 'kysely';
import type { ControllerId, RecordClassId, UnitId } from '../../domain/ids.ts';

/** Retention units; a null `workflow_started_at` is the intent to start one's workflow (I1). */
export type RetentionUnitTable = {
  id: UnitId;
  controller: ControllerId;
  record_class: RecordClassId;
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
  /** Its dates changed, or a record joined it late, and its workflow was not signalled yet. */
  redated_at: Date | null;
  /** Whether the id of its workflow names controller and class; a unit of before keeps its old one. */
  readable_workflow_id: Generated<boolean>;
};

/** These tables by name; part of `Tables`. */
export type UnitTables = {
  retention_unit: RetentionUnitTable;
};

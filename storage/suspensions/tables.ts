/** The tables of suspensions and of what is done about them, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId, ObjectId, RecordClassId, RecordId, SuspensionId } from '../../domain/ids.ts';

/** Suspensions; where `revision` is ahead of `workflow_revision`, a workflow must be signalled. */
export type SuspensionTable = {
  id: SuspensionId;
  /** In the id of its workflow; null where that was started under the old id. Given by the database. */
  number: ColumnType<number | null, never, never>;
  controller: ControllerId;
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
  suspension_id: SuspensionId;
  controller: ControllerId;
  added_at: Date;
  ended_at: Date | null;
  active: ColumnType<boolean, never, never>;
  record_id: RecordId | null;
  subject_key: Buffer | null;
  attribute_key: Buffer | null;
  record_class: RecordClassId | null;
  trigger_from: Date | null;
  trigger_until: Date | null;
  found_by: ColumnType<'record' | 'subject' | 'attribute' | 'class', never, never>;
};

/** Reviews, append-only. */
export type SuspensionReviewTable = {
  id: string;
  suspension_id: SuspensionId;
  reviewed_by: string;
  reviewed_at: Date;
  reason: string;
  review_was_on: string;
  next_review_on: string;
};

/** Requests to release or narrow, which need two people; a CHECK refuses the same person twice. */
export type SuspensionRequestTable = {
  id: string;
  suspension_id: SuspensionId;
  kind: 'release' | 'narrow';
  scope_revision: number;
  scope: ColumnType<unknown, string | null, never>;
  shown_digest: string | null;
  requested_by: string;
  requested_at: Date;
  reason: string;
  state: Generated<'waiting' | 'confirmed' | 'declined'>;
  decided_by: string | null;
  decided_at: Date | null;
  decided_why: string | null;
};

/** Commands by the caller's key, with the answer that a repetition gets (I9). */
export type SuspensionCommandTable = {
  controller: ControllerId;
  actor: string;
  command_key: string;
  request_digest: Buffer;
  answer: ColumnType<unknown, string, never>;
  at: Date;
};

/** How far each walk over a suspension has come, and what it counted. */
export type SuspensionWalkTable = {
  suspension_id: SuspensionId;
  walk: 'free-overdue' | 'lift' | 'wake' | 'tell-soon' | 'cover' | 'tell' | 'verify';
  scope_revision: number;
  position: ColumnType<unknown, string | null, string | null>;
  finished_at: Date | null;
  records: ColumnType<unknown, string, string>;
  objects_settled: number;
  units_told: number;
  updated_at: Date;
};

/** What is known of each object's legal hold in the store, and which claim is changing it. */
export type ObjectHoldTable = {
  object_id: ObjectId;
  record_id: RecordId;
  object_key: string;
  state: 'setting' | 'set' | 'lifting' | 'lifted';
  claim: string | null;
  claimed_until: Date | null;
  settled_at: Date | null;
};

/** These tables by name; part of `Tables`. */
export type SuspensionTables = {
  suspension: SuspensionTable;
  suspension_clause: SuspensionClauseTable;
  suspension_review: SuspensionReviewTable;
  suspension_request: SuspensionRequestTable;
  suspension_command: SuspensionCommandTable;
  suspension_walk: SuspensionWalkTable;
  object_hold: ObjectHoldTable;
};

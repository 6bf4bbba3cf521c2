/** The tables of suspensions that only this folder touches, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';

/** Reviews, append-only. */
export type SuspensionReviewTable = {
  id: string;
  suspension_id: string;
  reviewed_by: string;
  reviewed_at: Date;
  reason: string;
  review_was_on: string;
  next_review_on: string;
};

/** Requests to release or narrow, which need two people; a CHECK refuses the same person twice. */
export type SuspensionRequestTable = {
  id: string;
  suspension_id: string;
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
  controller: string;
  actor: string;
  command_key: string;
  request_digest: Buffer;
  answer: ColumnType<unknown, string, never>;
  at: Date;
};

/** How far each walk over a suspension has come, and what it counted. */
export type SuspensionWalkTable = {
  suspension_id: string;
  walk: 'free-overdue' | 'lift' | 'wake' | 'tell-soon' | 'cover' | 'tell' | 'verify';
  scope_revision: number;
  position: ColumnType<unknown, string | null, string | null>;
  finished_at: Date | null;
  records: ColumnType<unknown, string, string>;
  objects_settled: number;
  units_told: number;
  updated_at: Date;
};

/** What is known of each object's legal hold in the store, and who is changing it. */
export type ObjectHoldTable = {
  object_id: string;
  record_id: string;
  object_key: string;
  state: 'setting' | 'set' | 'lifting' | 'lifted';
  claim: string | null;
  claimed_until: Date | null;
  settled_at: Date | null;
};

/** These tables by name; part of `Tables`. */
export type SuspensionHandlingTables = {
  suspension_review: SuspensionReviewTable;
  suspension_request: SuspensionRequestTable;
  suspension_command: SuspensionCommandTable;
  suspension_walk: SuspensionWalkTable;
  object_hold: ObjectHoldTable;
};

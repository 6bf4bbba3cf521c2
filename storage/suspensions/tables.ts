/** The tables of suspensions that only this folder touches, as Kysely sees them. */
import type { ColumnType, Generated } from 'kysely';

export type SuspensionReviewTable = {
  id: string;
  suspension_id: string;
  reviewed_by: string;
  reviewed_at: Date;
  reason: string;
  review_was_on: string;
  next_review_on: string;
};

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

export type SuspensionCommandTable = {
  controller: string;
  actor: string;
  command_key: string;
  request_digest: Buffer;
  answer: ColumnType<unknown, string, never>;
  at: Date;
};

export type SuspensionWalkTable = {
  suspension_id: string;
  walk: 'lift' | 'wake' | 'cover' | 'tell' | 'verify';
  scope_revision: number;
  position: ColumnType<unknown, string | null, string | null>;
  finished_at: Date | null;
  records: ColumnType<unknown, string, string>;
  objects_settled: number;
  units_told: number;
  updated_at: Date;
};

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

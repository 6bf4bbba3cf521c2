/** The table of decisions to apply a changed policy, as Kysely sees it. */
import type { ColumnType, Generated } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';

/** Decisions to apply a changed policy to what exists. */
export type RedatingTable = {
  id: string;
  controller: ControllerId;
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

/** These tables by name; part of `Tables`. */
export type RedatingTables = {
  redating: RedatingTable;
};

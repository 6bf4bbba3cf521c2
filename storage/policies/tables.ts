/** The table of policies as they were in force, as Kysely sees it. */
import type { ColumnType } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';

/** Policies as they were in force, each version once. */
export type PolicyVersionTable = {
  controller: ControllerId;
  version: number;
  digest: Buffer;
  document: ColumnType<unknown, string, never>;
  stored_at: Date;
};

/** These tables by name; part of `Tables`. */
export type PolicyTables = {
  policy_version: PolicyVersionTable;
};

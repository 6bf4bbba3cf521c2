/** The table by which keys are recognised, as Kysely sees it. */

/** By which each key is recognised that this database was used with; says nothing of the key. */
export type KeyCheckTable = { key_name: string; check_value: Buffer; first_seen_at: Date };

/** These tables by name; part of `Tables`. */
export type SealingTables = {
  key_check: KeyCheckTable;
};

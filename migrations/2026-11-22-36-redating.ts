/**
 * Applying a changed policy to what exists: who asked for it, what they were shown, who confirmed, how far it has come. And which of
 * a class's events a record's period runs from, where the class has several.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE redating (
      id uuid NOT NULL,
      controller text NOT NULL,
      policy_version integer NOT NULL,
      state text NOT NULL,
      -- The preview that was confirmed, and its digest.
      shown jsonb NOT NULL,
      shown_digest text NOT NULL,
      reason text NOT NULL,
      requested_by text NOT NULL,
      requested_at timestamptz NOT NULL,
      decided_by text,
      decided_at timestamptz,
      decided_why text,
      -- The last record looked at; the next batch goes on behind it.
      position uuid,
      records_moved bigint NOT NULL DEFAULT 0,
      finished_at timestamptz,
      CONSTRAINT redating_pk PRIMARY KEY (id),
      CONSTRAINT redating_policy_fk FOREIGN KEY (controller, policy_version) REFERENCES policy_version (controller, version),
      CONSTRAINT redating_state CHECK (state IN ('waiting', 'running', 'finished', 'declined', 'superseded')),
      CONSTRAINT redating_decided CHECK (num_nonnulls(decided_by, decided_at, decided_why) IN (0, 3)),
      CONSTRAINT redating_second_person CHECK (state <> 'declined' OR decided_by IS NOT NULL),
      CONSTRAINT redating_finished CHECK ((state IN ('finished', 'superseded')) = (finished_at IS NOT NULL))
    );
    -- One at a time per controller.
    CREATE UNIQUE INDEX redating_open ON redating (controller) WHERE state IN ('waiting', 'running');
    CREATE INDEX redating_by_controller ON redating (controller, requested_at);
    GRANT SELECT, INSERT ON redating TO oblio_api;
    GRANT UPDATE (state, decided_by, decided_at, decided_why) ON redating TO oblio_api;
    GRANT SELECT ON redating TO oblio_worker;
    GRANT UPDATE (state, position, records_moved, finished_at) ON redating TO oblio_worker;

    -- Set with the dates themselves: the unit's workflow must look at them again. Cleared when it was told.
    ALTER TABLE retention_unit ADD redated_at timestamptz;
    CREATE INDEX retention_unit_redated ON retention_unit (redated_at) WHERE redated_at IS NOT NULL;
    GRANT UPDATE (redated_at) ON retention_unit TO oblio_worker;

    -- A code of the policy; set only where a field of the record chose among several events.
    ALTER TABLE record ADD trigger_event text;
    GRANT UPDATE (trigger_event) ON record TO oblio_worker;
    ALTER TABLE erasure_item ADD trigger_event text
  `.execute(db);
}

/**
 * Erasures that a hold keeps back are found by their case when it ends; and a refusal can be taken back by the person who made it: the
 * register then says from when until when it bound.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Few among all cases: those in which a decided erasure waits until nothing keeps the records.
    CREATE INDEX request_case_held_erasure ON request_case (controller, id)
      WHERE jsonb_path_exists(state, '$.rights[*] ? (@.heldErasure.state == "waiting")');

    -- Refused, taken back, refused again: a line each, of which one at most is in force.
    ALTER TABLE opt_out
      DROP CONSTRAINT opt_out_pk,
      ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
      ADD COLUMN ended_at timestamptz,
      ADD COLUMN ended_by text,
      -- What staff wrote down of the person's wish, sealed with the line.
      ADD COLUMN sealed_reason bytea,
      ADD CONSTRAINT opt_out_pk PRIMARY KEY (id),
      ADD CONSTRAINT opt_out_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (sealed_reason IS NULL)
        AND ended_at >= effective_at);
    CREATE UNIQUE INDEX opt_out_in_force ON opt_out (controller, refused, subject_key) WHERE ended_at IS NULL;
    CREATE INDEX opt_out_line ON opt_out (controller, refused, subject_key, recorded_at);
    GRANT UPDATE (ended_at, ended_by, sealed_reason) ON opt_out TO oblio_api
  `.execute(db);
}

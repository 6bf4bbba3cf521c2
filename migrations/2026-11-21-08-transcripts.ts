/** Chats end with a transcript to the address the user gave (INPS notice, chat). */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE transcript_delivery (
      record_id uuid NOT NULL,
      controller text NOT NULL,
      state text NOT NULL DEFAULT 'due',
      due_at timestamptz NOT NULL,
      workflow_started_at timestamptz,
      settled_at timestamptz,
      attempts integer NOT NULL DEFAULT 0,
      CONSTRAINT transcript_delivery_pk PRIMARY KEY (record_id),
      CONSTRAINT transcript_delivery_record_fk FOREIGN KEY (record_id) REFERENCES record (id),
      CONSTRAINT transcript_delivery_state CHECK (state IN ('due', 'attempting', 'sent', 'refused', 'unknown', 'given-up'))
    );
    CREATE INDEX transcript_delivery_to_start ON transcript_delivery (due_at) WHERE state = 'due' AND workflow_started_at IS NULL;
    GRANT SELECT, INSERT ON transcript_delivery TO oblio_api;
    GRANT SELECT ON transcript_delivery TO oblio_worker;
    GRANT UPDATE (state, workflow_started_at, settled_at, attempts) ON transcript_delivery TO oblio_worker;
    GRANT SELECT, DELETE ON transcript_delivery TO oblio_gate
  `.execute(db);
}

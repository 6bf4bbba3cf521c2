/**
 * Notices to those who keep records under a hold: written when it is placed, changed or released, with a number of the protocol
 * register, and how each reached its custodian. They end in the gate, with the file of their hold.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE hold_notice (
      id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      kind text NOT NULL,
      -- The scope that the notice tells of.
      scope_revision integer NOT NULL,
      made_at timestamptz NOT NULL,
      made_by text NOT NULL,
      -- What it says, and the PDF as it was rendered once: sealed, because both name people of the offices.
      sealed_content bytea NOT NULL,
      sealed_file bytea NOT NULL,
      size bigint NOT NULL,
      sha256 bytea NOT NULL,
      CONSTRAINT hold_notice_pk PRIMARY KEY (id),
      CONSTRAINT hold_notice_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id),
      CONSTRAINT hold_notice_kind CHECK (kind IN ('preservation-notice', 'release-notice'))
    );
    CREATE INDEX hold_notice_suspension ON hold_notice (suspension_id, made_at);
    -- A PDF is compressed already.
    ALTER TABLE hold_notice ALTER COLUMN sealed_file SET STORAGE EXTERNAL;

    CREATE TABLE hold_notice_delivery (
      id uuid NOT NULL,
      notice_id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      channel text NOT NULL,
      delivered_on date NOT NULL,
      sealed_proof bytea NOT NULL,
      recorded_at timestamptz NOT NULL,
      recorded_by text NOT NULL,
      CONSTRAINT hold_notice_delivery_pk PRIMARY KEY (id),
      CONSTRAINT hold_notice_delivery_notice_fk FOREIGN KEY (notice_id) REFERENCES hold_notice (id),
      CONSTRAINT hold_notice_delivery_channel CHECK (channel IN ('pec', 'email', 'post', 'counter'))
    );
    CREATE INDEX hold_notice_delivery_suspension ON hold_notice_delivery (suspension_id, recorded_at);

    -- A notice that is there is never changed; only the gate takes it away.
    GRANT SELECT, INSERT ON hold_notice, hold_notice_delivery TO oblio_api;
    GRANT SELECT, DELETE ON hold_notice, hold_notice_delivery TO oblio_gate;
    -- Notices are written where they are asked for.
    GRANT SELECT, INSERT ON protocol_register TO oblio_api;
    GRANT UPDATE (last_number) ON protocol_register TO oblio_api;
    GRANT INSERT ON protocol_entry TO oblio_api
  `.execute(db);
}

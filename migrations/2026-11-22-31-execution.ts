/**
 * Carrying out decisions on rights requests: what was done for each decision, what was rectified, statements that stand beside
 * records, and the register of what people refused (opt-outs, objections, withdrawn consents).
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- One line per decision: a reopened right is decided again, and carried out again. A finished line is the answer to every repetition.
    CREATE TABLE request_execution (
      case_id uuid NOT NULL,
      right_key text NOT NULL,
      decided_at timestamptz NOT NULL,
      started_at timestamptz NOT NULL,
      finished_at timestamptz,
      result jsonb,
      CONSTRAINT request_execution_pk PRIMARY KEY (case_id, right_key, decided_at),
      CONSTRAINT request_execution_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT request_execution_finished CHECK ((finished_at IS NULL) = (result IS NULL))
    );

    -- Before and after of each change (Art. 16), sealed in the case file: the record may be erased long before the case file ends.
    CREATE TABLE request_rectification (
      case_id uuid NOT NULL,
      decided_at timestamptz NOT NULL,
      position integer NOT NULL,
      record_id uuid NOT NULL,
      kind text NOT NULL,
      -- The unit whose dates the change moved; its workflow must look again.
      unit_to_wake uuid,
      sealed_change bytea NOT NULL,
      done_at timestamptz NOT NULL,
      CONSTRAINT request_rectification_pk PRIMARY KEY (case_id, decided_at, position),
      CONSTRAINT request_rectification_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT request_rectification_kind CHECK (kind IN ('corrected', 'attached', 'record-gone'))
    );

    -- A statement beside a record that must not be altered (recordings, chats): shown with its content, erased with the record.
    CREATE TABLE record_statement (
      id uuid NOT NULL,
      record_id uuid NOT NULL,
      case_id uuid NOT NULL,
      decided_at timestamptz NOT NULL,
      -- Which change of the decision it tells of; -1 for the decision's statement as a whole.
      position integer NOT NULL,
      sealed_statement bytea NOT NULL,
      attached_at timestamptz NOT NULL,
      CONSTRAINT record_statement_pk PRIMARY KEY (id),
      CONSTRAINT record_statement_once UNIQUE (record_id, case_id, decided_at, position),
      CONSTRAINT record_statement_record_fk FOREIGN KEY (record_id) REFERENCES record (id)
    );

    -- What a person refused, by keyed hash only. It outlives the records and the case file: without it the refusal could not be
    -- respected (Art. 21(3), 17(3)(b)); a keyed hash, what was refused, since when and by which case is all that this needs (Art. 5(1)(c)).
    CREATE TABLE opt_out (
      controller text NOT NULL,
      -- An opt-out of the policy, processing.<record class>, or consent.<record class>.
      refused text NOT NULL,
      subject_key bytea NOT NULL,
      ground text NOT NULL,
      case_id uuid NOT NULL,
      effective_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL,
      CONSTRAINT opt_out_pk PRIMARY KEY (controller, refused, subject_key),
      CONSTRAINT opt_out_ground CHECK (ground IN ('opt-out', 'objection', 'consent-withdrawal'))
    );

    -- A case reads its certificates from the ledger; the list in a result is cut off.
    CREATE INDEX erasure_intent_case ON erasure_intent (case_id, written_at) WHERE case_id IS NOT NULL;

    GRANT SELECT, INSERT ON request_execution, request_rectification, record_statement, opt_out TO oblio_worker;
    GRANT UPDATE (finished_at, result) ON request_execution TO oblio_worker;
    GRANT SELECT ON request_execution, request_rectification, record_statement, opt_out TO oblio_api;
    -- Rectification: content, trigger time and keyed hashes follow what was decided. An identifier is changed, its row never taken away.
    GRANT UPDATE (sealed_content, trigger_at) ON record TO oblio_worker;
    GRANT UPDATE (kind, subject_key) ON record_subject TO oblio_worker;
    GRANT UPDATE (attribute_key) ON record_attribute TO oblio_worker;
    GRANT SELECT, DELETE ON record_statement TO oblio_gate
  `.execute(db);
}

/** Suspensions keep records back from erasure: litigation hold, legal obligation, restriction (Art. 18), pending request. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE suspension (
      id uuid NOT NULL,
      controller text NOT NULL,
      kind text NOT NULL,
      matter_reference text NOT NULL,
      legal_basis text NOT NULL,
      reason text NOT NULL,
      placed_by text NOT NULL,
      effective_at timestamptz NOT NULL,
      review_on date NOT NULL,
      state text NOT NULL DEFAULT 'active',
      released_at timestamptz,
      CONSTRAINT suspension_pk PRIMARY KEY (id),
      CONSTRAINT suspension_kind CHECK (kind IN ('litigation-hold', 'legal-obligation', 'restriction', 'pending-request')),
      CONSTRAINT suspension_state CHECK (state IN ('active', 'released')),
      CONSTRAINT suspension_released CHECK ((state = 'released') = (released_at IS NOT NULL))
    );
    CREATE INDEX suspension_active ON suspension (controller, kind) WHERE state = 'active';

    -- A record is in scope when it matches every criterion of at least one clause; the gate looks a clause up by the most
    -- telling criterion it has, so that ten thousand suspensions cost no more than ten.
    CREATE TABLE suspension_clause (
      id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      controller text NOT NULL,
      active boolean NOT NULL DEFAULT true,
      record_id uuid,
      subject_key bytea,
      attribute_key bytea,
      record_class text,
      trigger_from timestamptz,
      trigger_until timestamptz,
      found_by text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN record_id IS NOT NULL THEN 'record'
             WHEN subject_key IS NOT NULL THEN 'subject'
             WHEN attribute_key IS NOT NULL THEN 'attribute'
             ELSE 'class' END) STORED,
      CONSTRAINT suspension_clause_pk PRIMARY KEY (id),
      CONSTRAINT suspension_clause_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id),
      CONSTRAINT suspension_clause_not_empty CHECK (num_nonnulls(record_id, subject_key, attribute_key, record_class) > 0),
      CONSTRAINT suspension_clause_range CHECK (trigger_from IS NULL OR trigger_until IS NULL OR trigger_from < trigger_until)
    );
    CREATE INDEX suspension_clause_suspension ON suspension_clause (suspension_id);
    CREATE INDEX suspension_clause_record ON suspension_clause (record_id) WHERE active AND found_by = 'record';
    CREATE INDEX suspension_clause_subject ON suspension_clause (subject_key) WHERE active AND found_by = 'subject';
    CREATE INDEX suspension_clause_attribute ON suspension_clause (attribute_key) WHERE active AND found_by = 'attribute';
    CREATE INDEX suspension_clause_class ON suspension_clause (controller, record_class) WHERE active AND found_by = 'class';

    GRANT SELECT, INSERT ON suspension, suspension_clause TO oblio_api, oblio_worker;
    GRANT UPDATE (state, released_at, review_on) ON suspension TO oblio_api, oblio_worker;
    GRANT UPDATE (active) ON suspension_clause TO oblio_api, oblio_worker;
    GRANT SELECT ON suspension, suspension_clause TO oblio_gate
  `.execute(db);
}

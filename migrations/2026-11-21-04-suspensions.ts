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
      -- Grows with each placing, change, review and release; the worker tells the hold's workflow until it has caught up.
      revision integer NOT NULL DEFAULT 1,
      workflow_revision integer NOT NULL DEFAULT 0,
      CONSTRAINT suspension_pk PRIMARY KEY (id),
      CONSTRAINT suspension_kind CHECK (kind IN ('litigation-hold', 'legal-obligation', 'restriction', 'pending-request')),
      CONSTRAINT suspension_state CHECK (state IN ('active', 'released')),
      CONSTRAINT suspension_released CHECK ((state = 'released') = (released_at IS NOT NULL))
    );
    CREATE INDEX suspension_active ON suspension (controller, kind) WHERE state = 'active';
    CREATE INDEX suspension_to_tell ON suspension (effective_at) WHERE workflow_revision < revision;

    -- A record is in scope when it matches every criterion of at least one clause; the gate looks a clause up by the most
    -- telling criterion it has, so that ten thousand suspensions cost no more than ten. A clause ends when its suspension is
    -- released or its scope narrowed; it stays, because certificates say for how long a record was kept back.
    CREATE TABLE suspension_clause (
      id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      controller text NOT NULL,
      added_at timestamptz NOT NULL,
      ended_at timestamptz,
      active boolean NOT NULL GENERATED ALWAYS AS (ended_at IS NULL) STORED,
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
      CONSTRAINT suspension_clause_span CHECK (ended_at IS NULL OR added_at <= ended_at),
      CONSTRAINT suspension_clause_not_empty CHECK (num_nonnulls(record_id, subject_key, attribute_key, record_class) > 0),
      CONSTRAINT suspension_clause_range CHECK (trigger_from IS NULL OR trigger_until IS NULL OR trigger_from < trigger_until)
    );
    CREATE INDEX suspension_clause_suspension ON suspension_clause (suspension_id);
    CREATE INDEX suspension_clause_record ON suspension_clause (record_id) WHERE found_by = 'record';
    CREATE INDEX suspension_clause_subject ON suspension_clause (subject_key) WHERE found_by = 'subject';
    CREATE INDEX suspension_clause_attribute ON suspension_clause (attribute_key) WHERE found_by = 'attribute';
    CREATE INDEX suspension_clause_kinds ON suspension_clause (controller, found_by, active);
    CREATE INDEX suspension_clause_class ON suspension_clause (controller, record_class, active) WHERE found_by = 'class';

    GRANT SELECT, INSERT ON suspension, suspension_clause TO oblio_api, oblio_worker;
    GRANT UPDATE (state, released_at, review_on, revision, workflow_revision) ON suspension TO oblio_api, oblio_worker;
    GRANT UPDATE (ended_at) ON suspension_clause TO oblio_api, oblio_worker;
    GRANT SELECT ON suspension, suspension_clause TO oblio_gate
  `.execute(db);
}

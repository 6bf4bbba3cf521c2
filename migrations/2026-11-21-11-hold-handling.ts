/**
 * How people handle suspensions (reviews, requests that need a second person, commands that may be repeated) and how the worker
 * carries them out (progress of its walks, the store's own flag per object).
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Grows when the scope changes or ends, not with a review: a walk over the records is redone for the first only.
    ALTER TABLE suspension ADD COLUMN scope_revision integer NOT NULL DEFAULT 1;
    GRANT UPDATE (scope_revision) ON suspension TO oblio_api, oblio_worker;

    CREATE TABLE suspension_review (
      id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      reviewed_by text NOT NULL,
      reviewed_at timestamptz NOT NULL,
      reason text NOT NULL,
      review_was_on date NOT NULL,
      next_review_on date NOT NULL,
      CONSTRAINT suspension_review_pk PRIMARY KEY (id),
      CONSTRAINT suspension_review_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id)
    );
    CREATE INDEX suspension_review_suspension ON suspension_review (suspension_id, reviewed_at);

    -- What gives records back to erasure needs two people: to release all of a suspension, or to narrow its scope.
    CREATE TABLE suspension_request (
      id uuid NOT NULL,
      suspension_id uuid NOT NULL,
      kind text NOT NULL,
      -- The scope as it was when it was asked for, and, for narrowing, the scope asked for and what was shown.
      scope_revision integer NOT NULL,
      scope jsonb,
      shown_digest text,
      requested_by text NOT NULL,
      requested_at timestamptz NOT NULL,
      reason text NOT NULL,
      state text NOT NULL DEFAULT 'waiting',
      decided_by text,
      decided_at timestamptz,
      decided_why text,
      CONSTRAINT suspension_request_pk PRIMARY KEY (id),
      CONSTRAINT suspension_request_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id),
      CONSTRAINT suspension_request_kind CHECK (kind IN ('release', 'narrow')),
      CONSTRAINT suspension_request_scope CHECK ((kind = 'narrow') = (scope IS NOT NULL AND shown_digest IS NOT NULL)),
      CONSTRAINT suspension_request_state CHECK (state IN ('waiting', 'confirmed', 'declined')),
      CONSTRAINT suspension_request_decided CHECK (
        (state = 'waiting') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)),
      CONSTRAINT suspension_request_second_person CHECK (state <> 'confirmed' OR decided_by <> requested_by)
    );
    CREATE UNIQUE INDEX suspension_request_waiting ON suspension_request (suspension_id) WHERE state = 'waiting';
    CREATE INDEX suspension_request_suspension ON suspension_request (suspension_id, requested_at);

    -- What a command answered, so that its repetition answers the same and does nothing (I9).
    CREATE TABLE suspension_command (
      controller text NOT NULL,
      actor text NOT NULL,
      command_key text NOT NULL,
      request_digest bytea NOT NULL,
      answer jsonb NOT NULL,
      at timestamptz NOT NULL,
      CONSTRAINT suspension_command_pk PRIMARY KEY (controller, actor, command_key)
    );

    -- How far the worker has come in a walk over the records of a suspension; counts and position change together.
    CREATE TABLE suspension_walk (
      suspension_id uuid NOT NULL,
      walk text NOT NULL,
      scope_revision integer NOT NULL,
      position jsonb,
      finished_at timestamptz,
      records jsonb NOT NULL,
      objects_settled integer NOT NULL,
      units_told integer NOT NULL,
      updated_at timestamptz NOT NULL,
      CONSTRAINT suspension_walk_pk PRIMARY KEY (suspension_id, walk),
      CONSTRAINT suspension_walk_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id),
      CONSTRAINT suspension_walk_kind CHECK (walk IN ('lift', 'wake', 'cover', 'tell', 'verify'))
    );

    -- The store's legal hold on an object: what it is, or what somebody is making it right now. A claim is written before the
    -- store is asked, so that a crash between the two leaves a trace, and nobody else asks while it lasts.
    CREATE TABLE object_hold (
      object_id uuid NOT NULL,
      record_id uuid NOT NULL,
      object_key text COLLATE "C" NOT NULL,
      state text NOT NULL,
      claim uuid,
      claimed_until timestamptz,
      settled_at timestamptz,
      CONSTRAINT object_hold_pk PRIMARY KEY (object_id),
      CONSTRAINT object_hold_state CHECK (state IN ('setting', 'set', 'lifting', 'lifted')),
      CONSTRAINT object_hold_claim CHECK (
        (state IN ('setting', 'lifting')) = (claim IS NOT NULL) AND (claim IS NULL) = (claimed_until IS NULL))
    );
    CREATE INDEX object_hold_record ON object_hold (record_id);
    CREATE INDEX object_hold_under_way ON object_hold (claimed_until) WHERE claim IS NOT NULL;

    -- Each stored object is looked at once for holds that were in force before it came: later arrivals are in scope too.
    ALTER TABLE record_object ADD COLUMN hold_checked_at timestamptz;
    CREATE INDEX record_object_to_check ON record_object (created_at, id) WHERE state = 'stored' AND hold_checked_at IS NULL;
    CREATE FUNCTION record_object_check_again() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.hold_checked_at := NULL;
      RETURN NEW;
    END $$;
    CREATE TRIGGER record_object_new_version BEFORE UPDATE OF version_id ON record_object
      FOR EACH ROW WHEN (OLD.version_id IS DISTINCT FROM NEW.version_id) EXECUTE FUNCTION record_object_check_again();
    GRANT UPDATE (hold_checked_at) ON record_object TO oblio_worker;

    GRANT SELECT, INSERT ON suspension_review, suspension_request, suspension_command TO oblio_api;
    GRANT UPDATE (state, decided_by, decided_at, decided_why) ON suspension_request TO oblio_api;
    GRANT SELECT ON suspension_review, suspension_request TO oblio_worker;
    GRANT SELECT ON suspension_walk, object_hold TO oblio_api;
    GRANT SELECT ON object_hold TO oblio_gate;
    GRANT SELECT, INSERT, UPDATE ON suspension_walk, object_hold TO oblio_worker
  `.execute(db);
}

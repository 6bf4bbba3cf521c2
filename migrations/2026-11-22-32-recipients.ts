/**
 * Recipients told of rectifications, erasures and restrictions (Art. 19): what was done to which records, and one task per recipient
 * with how it was told, reminded and what it answered. Reasons that staff give are sealed; the rest is codes, dates and ids.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- By which ids the source systems know the records of a case, noted before anything is done: afterwards they may be gone.
    -- Sealed, and emptied when every recipient has been told.
    CREATE TABLE recipient_reference (
      case_id uuid NOT NULL,
      record_id uuid NOT NULL,
      record_class text NOT NULL,
      sealed_source_id bytea,
      CONSTRAINT recipient_reference_pk PRIMARY KEY (case_id, record_id),
      CONSTRAINT recipient_reference_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id)
    );

    -- Something that was done under a right of a case, of which recipients must hear. Once for each time it was done.
    CREATE TABLE recipient_notice (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      controller text NOT NULL,
      right_key text NOT NULL,
      what text NOT NULL,
      done_at timestamptz NOT NULL,
      ordered_at timestamptz NOT NULL,
      CONSTRAINT recipient_notice_pk PRIMARY KEY (id),
      CONSTRAINT recipient_notice_once UNIQUE (case_id, right_key, what, done_at),
      CONSTRAINT recipient_notice_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT recipient_notice_what CHECK (what IN ('rectified', 'erased', 'restricted', 'restriction-lifted', 'processing-stopped'))
    );

    CREATE TABLE recipient_notice_record (
      notice_id uuid NOT NULL,
      record_id uuid NOT NULL,
      record_class text NOT NULL,
      CONSTRAINT recipient_notice_record_pk PRIMARY KEY (notice_id, record_id),
      CONSTRAINT recipient_notice_record_notice_fk FOREIGN KEY (notice_id) REFERENCES recipient_notice (id)
    );

    -- One durable task per recipient.
    CREATE TABLE recipient_notification (
      id uuid NOT NULL,
      notice_id uuid NOT NULL,
      case_id uuid NOT NULL,
      controller text NOT NULL,
      recipient text NOT NULL,
      -- The classes that were disclosed to it, when the task was made.
      record_classes text[] NOT NULL,
      means text NOT NULL,
      state text NOT NULL,
      ordered_at timestamptz NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      -- What the last attempt met: a code, never what a server said.
      last_problem text,
      told_at timestamptz,
      told_by text,
      chased integer NOT NULL DEFAULT 0,
      chased_at timestamptz,
      staff_since timestamptz,
      alerts integer NOT NULL DEFAULT 0,
      acknowledged_at timestamptz,
      acknowledged_by text,
      -- Who of the staff recorded the last thing by hand, and the words to it.
      recorded_by text,
      sealed_words bytea,
      revision integer NOT NULL DEFAULT 1,
      workflow_revision integer NOT NULL DEFAULT 0,
      CONSTRAINT recipient_notification_pk PRIMARY KEY (id),
      CONSTRAINT recipient_notification_once UNIQUE (notice_id, recipient),
      CONSTRAINT recipient_notification_notice_fk FOREIGN KEY (notice_id) REFERENCES recipient_notice (id),
      CONSTRAINT recipient_notification_means CHECK (means IN ('email', 'webhook', 'by-hand')),
      CONSTRAINT recipient_notification_state CHECK (state IN ('due', 'by-hand', 'refused', 'undeliverable', 'told', 'unanswered',
        'acknowledged', 'impossible', 'disproportionate')),
      CONSTRAINT recipient_notification_told CHECK ((told_at IS NULL) = (told_by IS NULL)
        AND (told_by IS NULL OR told_by IN ('email', 'webhook', 'by-hand'))
        AND (state NOT IN ('told', 'unanswered', 'acknowledged') OR told_at IS NOT NULL)),
      CONSTRAINT recipient_notification_acknowledged CHECK ((state = 'acknowledged') = (acknowledged_at IS NOT NULL)
        AND (acknowledged_at IS NULL) = (acknowledged_by IS NULL)
        AND (acknowledged_by IS NULL OR acknowledged_by IN ('recipient', 'staff'))),
      -- "Unless this proves impossible or involves disproportionate effort": never without a person and a reason.
      CONSTRAINT recipient_notification_excused CHECK (state NOT IN ('impossible', 'disproportionate')
        OR (recorded_by IS NOT NULL AND sealed_words IS NOT NULL)),
      CONSTRAINT recipient_notification_staff CHECK (
        (state IN ('by-hand', 'refused', 'undeliverable', 'unanswered')) = (staff_since IS NOT NULL))
    );
    CREATE INDEX recipient_notification_case ON recipient_notification (case_id, ordered_at);
    CREATE INDEX recipient_notification_to_tell ON recipient_notification (ordered_at) WHERE workflow_revision < revision;
    CREATE INDEX recipient_notification_open ON recipient_notification (controller, ordered_at, id)
      WHERE state NOT IN ('acknowledged', 'impossible', 'disproportionate');

    -- What a command of staff answered, so that its repetition answers the same and does nothing (I9).
    CREATE TABLE recipient_command (
      notification_id uuid NOT NULL,
      actor text NOT NULL,
      command_key text NOT NULL,
      request_digest bytea NOT NULL,
      revision integer NOT NULL,
      at timestamptz NOT NULL,
      CONSTRAINT recipient_command_pk PRIMARY KEY (notification_id, actor, command_key),
      CONSTRAINT recipient_command_notification_fk FOREIGN KEY (notification_id) REFERENCES recipient_notification (id)
    );

    GRANT SELECT ON recipient_reference, recipient_notice, recipient_notice_record, recipient_notification, recipient_command
      TO oblio_api;
    GRANT INSERT ON recipient_command TO oblio_api;
    GRANT UPDATE (state, told_at, told_by, staff_since, alerts, acknowledged_at, acknowledged_by, recorded_by, sealed_words, revision)
      ON recipient_notification TO oblio_api;
    GRANT SELECT, INSERT ON recipient_reference, recipient_notice, recipient_notice_record, recipient_notification TO oblio_worker;
    GRANT UPDATE (sealed_source_id) ON recipient_reference TO oblio_worker;
    GRANT UPDATE (state, attempts, last_problem, told_at, told_by, chased, chased_at, staff_since, alerts, revision, workflow_revision)
      ON recipient_notification TO oblio_worker
  `.execute(db);
}

/**
 * The case file of rights requests: cases, who they are about (keyed hashes), their events, commands with what people wrote, letters
 * and attachments. What names a person is sealed; everything else is codes, dates and ids.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    -- Readable references without gaps: the number is taken in the transaction that writes the case, and given back if it fails.
    CREATE TABLE request_reference (
      controller text NOT NULL,
      year integer NOT NULL,
      last_number integer NOT NULL,
      CONSTRAINT request_reference_pk PRIMARY KEY (controller, year)
    );

    CREATE TABLE request_case (
      id uuid NOT NULL,
      controller text NOT NULL,
      reference text NOT NULL,
      reference_year integer NOT NULL,
      reference_number integer NOT NULL,
      -- Keyed hash of the message's id, or of its content: the same message twice is one case.
      message_key bytea NOT NULL,
      channel text NOT NULL,
      language text NOT NULL,
      received_at timestamptz NOT NULL,
      registered_at timestamptz NOT NULL,
      registered_by text NOT NULL,
      policy_version integer NOT NULL,
      suspension_id uuid NOT NULL,
      -- Requester, data subject, representative and what was written, as one sealed document.
      sealed_person bytea NOT NULL,
      revision integer NOT NULL,
      stage text NOT NULL,
      waiting_for text NOT NULL,
      due_at timestamptz,
      state jsonb NOT NULL,
      workflow_started_at timestamptz,
      changed_at timestamptz NOT NULL,
      CONSTRAINT request_case_pk PRIMARY KEY (id),
      CONSTRAINT request_case_reference UNIQUE (controller, reference),
      CONSTRAINT request_case_number UNIQUE (controller, reference_year, reference_number),
      CONSTRAINT request_case_message UNIQUE (controller, message_key),
      CONSTRAINT request_case_policy_fk FOREIGN KEY (controller, policy_version) REFERENCES policy_version (controller, version),
      CONSTRAINT request_case_suspension_fk FOREIGN KEY (suspension_id) REFERENCES suspension (id),
      CONSTRAINT request_case_channel CHECK (channel IN ('pec', 'email', 'post', 'counter', 'portal', 'phone')),
      CONSTRAINT request_case_language CHECK (language IN ('it', 'en')),
      CONSTRAINT request_case_stage CHECK (stage IN ('received', 'identification', 'identification-asked', 'searching', 'reviewing',
        'review-confirmation', 'deciding', 'closing-letter', 'standing', 'reopening', 'closed')),
      CONSTRAINT request_case_waiting_for CHECK (waiting_for IN ('dpo', 'second-person', 'officer', 'requester', 'machine', 'delivery',
        'review-date', 'nobody')),
      CONSTRAINT request_case_revision CHECK (revision > 0)
    );
    -- Lists: due soonest first; a clock that stands still sorts last.
    CREATE INDEX request_case_due ON request_case (controller, (coalesce(due_at, 'infinity'::timestamptz)), id);
    CREATE INDEX request_case_to_start ON request_case (registered_at) WHERE workflow_started_at IS NULL;

    CREATE TABLE request_subject (
      case_id uuid NOT NULL,
      controller text NOT NULL,
      kind text NOT NULL,
      subject_key bytea NOT NULL,
      CONSTRAINT request_subject_pk PRIMARY KEY (case_id, subject_key),
      CONSTRAINT request_subject_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id)
    );
    CREATE INDEX request_subject_key ON request_subject (subject_key);

    CREATE TABLE request_right (
      case_id uuid NOT NULL,
      controller text NOT NULL,
      right_key text NOT NULL,
      right_kind text NOT NULL,
      state text NOT NULL,
      outcome text,
      ending text,
      due_at timestamptz,
      CONSTRAINT request_right_pk PRIMARY KEY (case_id, right_key),
      CONSTRAINT request_right_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT request_right_kind CHECK (right_kind IN ('access', 'rectification', 'erasure', 'restriction', 'portability', 'objection',
        'consent-withdrawal', 'opt-out')),
      CONSTRAINT request_right_state CHECK (state IN ('open', 'prepared', 'advised', 'executing', 'executed', 'lettered', 'closed')),
      CONSTRAINT request_right_ending CHECK (ending IN ('answer', 'withdrawal', 'no-identification', 'not-a-request')),
      CONSTRAINT request_right_outcome CHECK (outcome IN ('granted', 'partly-granted', 'no-data', 'refused', 'corrected',
        'statement-attached', 'erased', 'partly-erased', 'deferred', 'restricted', 'upheld', 'recorded'))
    );
    CREATE INDEX request_right_kind ON request_right (controller, right_kind, state);

    CREATE TABLE request_event (
      case_id uuid NOT NULL,
      sequence integer NOT NULL,
      at timestamptz NOT NULL,
      actor text NOT NULL,
      role text NOT NULL,
      command_id uuid,
      kind text NOT NULL,
      event jsonb NOT NULL,
      CONSTRAINT request_event_pk PRIMARY KEY (case_id, sequence),
      CONSTRAINT request_event_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id)
    );
    CREATE TRIGGER request_event_append_only BEFORE UPDATE OR TRUNCATE ON request_event
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

    -- The inbox: what people wrote lies here, under the command's id; through Temporal goes the id.
    CREATE TABLE request_command (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      actor text NOT NULL,
      role text NOT NULL,
      idempotency_key text NOT NULL,
      request_digest bytea NOT NULL,
      kind text NOT NULL,
      sealed_words bytea,
      state text NOT NULL DEFAULT 'submitted',
      answer jsonb,
      submitted_at timestamptz NOT NULL,
      CONSTRAINT request_command_pk PRIMARY KEY (id),
      CONSTRAINT request_command_key UNIQUE (case_id, actor, idempotency_key),
      CONSTRAINT request_command_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT request_command_state CHECK (state IN ('submitted', 'accepted', 'refused')),
      CONSTRAINT request_command_answer CHECK ((state = 'submitted') = (answer IS NULL))
    );

    CREATE TABLE request_letter (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      kind text NOT NULL,
      language text NOT NULL,
      composed_at timestamptz NOT NULL,
      sealed_content bytea NOT NULL,
      content_digest bytea NOT NULL,
      CONSTRAINT request_letter_pk PRIMARY KEY (id),
      CONSTRAINT request_letter_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id)
    );
    CREATE INDEX request_letter_case ON request_letter (case_id, composed_at);

    -- Outgoing protocol (DPR 445/2000 arts. 53, 57): a number is reserved before a letter is rendered, so that it can be printed.
    CREATE TABLE protocol_register (
      controller text NOT NULL,
      year integer NOT NULL,
      last_number integer NOT NULL,
      CONSTRAINT protocol_register_pk PRIMARY KEY (controller, year)
    );
    CREATE TABLE protocol_entry (
      letter_id uuid NOT NULL,
      controller text NOT NULL,
      year integer NOT NULL,
      number integer NOT NULL,
      registered_on date NOT NULL,
      CONSTRAINT protocol_entry_pk PRIMARY KEY (letter_id),
      CONSTRAINT protocol_entry_number UNIQUE (controller, year, number)
    );

    CREATE TABLE request_attachment (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      sealed_name bytea NOT NULL,
      media_type text NOT NULL,
      object_key text COLLATE "C" NOT NULL,
      state text NOT NULL,
      version_id text,
      size bigint NOT NULL,
      sha256 bytea,
      added_by text NOT NULL,
      created_at timestamptz NOT NULL,
      CONSTRAINT request_attachment_pk PRIMARY KEY (id),
      CONSTRAINT request_attachment_key UNIQUE (object_key),
      CONSTRAINT request_attachment_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT request_attachment_state CHECK (state IN ('uploading', 'stored')),
      CONSTRAINT request_attachment_stored CHECK ((state = 'stored') = (version_id IS NOT NULL AND sha256 IS NOT NULL))
    );
    CREATE INDEX request_attachment_case ON request_attachment (case_id, created_at);

    GRANT SELECT, INSERT ON request_reference, request_case, request_subject, request_right, request_event, request_command,
      request_attachment TO oblio_api;
    GRANT UPDATE ON request_reference TO oblio_api;
    GRANT UPDATE (workflow_started_at) ON request_case TO oblio_api, oblio_worker;
    GRANT UPDATE (state, answer) ON request_command TO oblio_api, oblio_worker;
    GRANT UPDATE (state, version_id, size, sha256) ON request_attachment TO oblio_api;
    GRANT SELECT ON request_letter TO oblio_api;
    -- The workflow is the only writer of a case after its intake: its activities run with the worker's login.
    GRANT SELECT ON request_case, request_subject, request_right, request_event, request_command, request_letter, request_attachment
      TO oblio_worker;
    GRANT SELECT ON protocol_entry TO oblio_api;
    GRANT SELECT, INSERT ON protocol_register, protocol_entry TO oblio_worker;
    GRANT UPDATE ON protocol_register TO oblio_worker;
    GRANT INSERT ON request_event, request_right, request_letter, request_subject TO oblio_worker;
    GRANT UPDATE (revision, stage, waiting_for, due_at, state, suspension_id, changed_at) ON request_case TO oblio_worker;
    GRANT UPDATE (state, outcome, ending, due_at) ON request_right TO oblio_worker
  `.execute(db);
}

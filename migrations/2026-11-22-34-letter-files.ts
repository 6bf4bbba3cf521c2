/**
 * The files of letters, their way out of the house, and links. A file lies in sealed parts of 1 MiB with its case file; a release is
 * marked before the mail server is spoken to (I9); of a link only keyed hashes are kept.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE letter_file (
      id uuid NOT NULL,
      letter_id uuid NOT NULL,
      case_id uuid NOT NULL,
      -- rendered: as Oblio made it; signed: handed back by whoever signs; receipt: of a provider of certified mail.
      form text NOT NULL,
      -- What it is more exactly: pades, cades, acceptance, delivery, failure.
      detail text,
      media_type text NOT NULL,
      size bigint NOT NULL,
      sha256 bytea NOT NULL,
      created_at timestamptz NOT NULL,
      added_by text NOT NULL,
      CONSTRAINT letter_file_pk PRIMARY KEY (id),
      CONSTRAINT letter_file_same UNIQUE (letter_id, form, sha256),
      CONSTRAINT letter_file_letter_fk FOREIGN KEY (letter_id) REFERENCES request_letter (id),
      CONSTRAINT letter_file_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT letter_file_form CHECK (form IN ('rendered', 'signed', 'receipt'))
    );
    CREATE UNIQUE INDEX letter_file_rendered ON letter_file (letter_id) WHERE form = 'rendered';
    CREATE INDEX letter_file_case ON letter_file (case_id);

    -- The parts are written while the file is being rendered, before its size and hash are known.
    CREATE TABLE letter_file_part (
      file_id uuid NOT NULL,
      number integer NOT NULL,
      sealed_part bytea NOT NULL,
      CONSTRAINT letter_file_part_pk PRIMARY KEY (file_id, number),
      CONSTRAINT letter_file_part_fk FOREIGN KEY (file_id) REFERENCES letter_file (id) DEFERRABLE INITIALLY DEFERRED
    );
    -- A PDF is compressed already.
    ALTER TABLE letter_file_part ALTER COLUMN sealed_part SET STORAGE EXTERNAL;

    -- The hash of the file as it left (DPR 445/2000 art. 53(1)(f)): the rendered one, or the signed one that took its place.
    ALTER TABLE protocol_entry ADD COLUMN file_sha256 bytea;

    -- One row for each release by a person; the mark 'attempting' is there before anything leaves.
    CREATE TABLE letter_delivery (
      release_id uuid NOT NULL,
      letter_id uuid NOT NULL,
      case_id uuid NOT NULL,
      channel text NOT NULL,
      state text NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      -- What was sent: the file's hash.
      file_sha256 bytea,
      link_id uuid,
      begun_at timestamptz NOT NULL,
      settled_at timestamptz,
      CONSTRAINT letter_delivery_pk PRIMARY KEY (release_id),
      CONSTRAINT letter_delivery_letter_fk FOREIGN KEY (letter_id) REFERENCES request_letter (id),
      CONSTRAINT letter_delivery_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT letter_delivery_channel CHECK (channel IN ('pec', 'email')),
      CONSTRAINT letter_delivery_state CHECK (state IN ('due', 'attempting', 'sent', 'refused', 'unknown', 'given-up')),
      CONSTRAINT letter_delivery_settled CHECK ((state IN ('due', 'attempting')) = (settled_at IS NULL))
    );
    CREATE INDEX letter_delivery_letter ON letter_delivery (letter_id);

    CREATE TABLE delivery_link (
      id uuid NOT NULL,
      case_id uuid NOT NULL,
      letter_id uuid NOT NULL,
      -- Set where the link opens a package instead of the letter itself.
      package_id uuid,
      -- Keyed hashes: neither the address nor the code can be read back.
      token_key bytea NOT NULL,
      code_key bytea,
      failures integer NOT NULL DEFAULT 0,
      expires_at timestamptz NOT NULL,
      revoked_at timestamptz,
      created_at timestamptz NOT NULL,
      created_by text NOT NULL,
      CONSTRAINT delivery_link_pk PRIMARY KEY (id),
      CONSTRAINT delivery_link_token UNIQUE (token_key),
      CONSTRAINT delivery_link_letter_fk FOREIGN KEY (letter_id) REFERENCES request_letter (id),
      CONSTRAINT delivery_link_case_fk FOREIGN KEY (case_id) REFERENCES request_case (id),
      CONSTRAINT delivery_link_failures CHECK (failures >= 0)
    );
    CREATE INDEX delivery_link_case ON delivery_link (case_id, created_at);

    CREATE TABLE delivery_link_use (
      id bigint GENERATED ALWAYS AS IDENTITY,
      link_id uuid NOT NULL,
      at timestamptz NOT NULL,
      outcome text NOT NULL,
      CONSTRAINT delivery_link_use_pk PRIMARY KEY (id),
      CONSTRAINT delivery_link_use_fk FOREIGN KEY (link_id) REFERENCES delivery_link (id),
      CONSTRAINT delivery_link_use_outcome CHECK (outcome IN ('opened', 'wrong-code', 'locked'))
    );
    CREATE INDEX delivery_link_use_link ON delivery_link_use (link_id);

    GRANT SELECT, INSERT ON letter_file, letter_file_part TO oblio_api, oblio_worker;
    GRANT UPDATE (file_sha256) ON protocol_entry TO oblio_api, oblio_worker;
    GRANT SELECT ON letter_delivery TO oblio_api;
    GRANT SELECT, INSERT ON letter_delivery TO oblio_worker;
    GRANT UPDATE (state, attempts, file_sha256, link_id, settled_at) ON letter_delivery TO oblio_worker;
    GRANT SELECT, INSERT ON delivery_link TO oblio_api, oblio_worker;
    GRANT UPDATE (code_key, failures, revoked_at) ON delivery_link TO oblio_api;
    GRANT UPDATE (revoked_at) ON delivery_link TO oblio_worker;
    GRANT SELECT, INSERT ON delivery_link_use TO oblio_api
  `.execute(db);
}

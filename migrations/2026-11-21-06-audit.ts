/** The audit trail (Art. 5(2)): append-only, ids and codes only, so that erasure never has to touch it (I10). */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE audit_entry (
      id bigint GENERATED ALWAYS AS IDENTITY,
      at timestamptz NOT NULL,
      actor text NOT NULL,
      role text NOT NULL,
      action text NOT NULL,
      controller text NOT NULL,
      target_kind text NOT NULL,
      target_id text NOT NULL,
      why text NOT NULL,
      detail jsonb NOT NULL DEFAULT '{}',
      written_in xid8 NOT NULL DEFAULT pg_current_xact_id(),
      CONSTRAINT audit_entry_pk PRIMARY KEY (id)
    );
    CREATE INDEX audit_entry_written ON audit_entry (written_in, id);
    CREATE INDEX audit_entry_target ON audit_entry (target_kind, target_id);

    -- Sealing gives entries their place in the chain after they are committed, in order, by one process: writers never queue. An
    -- entry is sealed once every transaction that began before its own has ended, so that none can appear behind the last seal.
    CREATE TABLE audit_seal (
      sequence bigint NOT NULL,
      entry_id bigint NOT NULL,
      entry_digest bytea NOT NULL,
      chain_digest bytea NOT NULL,
      sealed_at timestamptz NOT NULL,
      CONSTRAINT audit_seal_pk PRIMARY KEY (sequence),
      CONSTRAINT audit_seal_entry UNIQUE (entry_id),
      CONSTRAINT audit_seal_entry_fk FOREIGN KEY (entry_id) REFERENCES audit_entry (id)
    );

    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER disposition_certificate_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON disposition_certificate FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER erasure_intent_kept BEFORE DELETE OR TRUNCATE ON erasure_intent FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
    CREATE TRIGGER erasure_item_kept BEFORE DELETE OR TRUNCATE ON erasure_item FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

    GRANT SELECT, INSERT ON audit_entry TO oblio_api, oblio_worker, oblio_gate;
    GRANT SELECT ON audit_seal TO oblio_api, oblio_gate;
    GRANT SELECT, INSERT ON audit_seal TO oblio_worker
  `.execute(db);
}

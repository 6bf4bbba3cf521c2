/** Group roles: what each process may do is granted to these, and only the gate may delete records (I5). */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    DO $$
    DECLARE role_name text;
    BEGIN
      FOREACH role_name IN ARRAY ARRAY['oblio_api', 'oblio_worker', 'oblio_gate'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
          BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
          EXCEPTION WHEN duplicate_object OR unique_violation THEN
            -- Roles belong to the whole cluster: another database's migration was faster.
            NULL;
          END;
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
        EXECUTE format('GRANT SELECT ON kysely_migration TO %I', role_name);
      END LOOP;
    END $$
  `.execute(db);
}

/**
 * What the handling of suspensions needs besides the suspensions themselves: finding what is past the point of no return at a cost
 * that does not depend on the size of the store.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE EXTENSION IF NOT EXISTS btree_gist;

    -- Intents in flight of a controller: few at any time, read by each placing.
    CREATE INDEX erasure_intent_in_flight ON erasure_intent (controller) WHERE state = 'written';

    -- From the first to the last trigger of the records of a certificate, so that a class with a range of trigger dates finds its
    -- certificates without touching the records. Derived, hence filled by the database whoever writes the certificate.
    ALTER TABLE disposition_certificate ADD COLUMN triggers tstzrange;
    CREATE FUNCTION certificate_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      SELECT tstzrange(min(item.trigger_at), max(item.trigger_at), '[]') INTO NEW.triggers
      FROM erasure_item item WHERE item.intent_id = NEW.intent_id;
      RETURN NEW;
    END $$;
    CREATE TRIGGER disposition_certificate_triggers BEFORE INSERT ON disposition_certificate
      FOR EACH ROW EXECUTE FUNCTION certificate_triggers();
    CREATE INDEX disposition_certificate_triggers ON disposition_certificate USING gist (controller, record_class, triggers);

    -- Clauses over a class are found by trigger instant, so that ten thousand ranges over one class cost a record no more than one.
    CREATE INDEX suspension_clause_range ON suspension_clause
      USING gist (controller, record_class, tstzrange(trigger_from, trigger_until)) WHERE active AND found_by = 'class'
  `.execute(db);
}

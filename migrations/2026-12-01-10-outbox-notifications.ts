/**
 * Wakes the worker when a row is written whose workflow must be started or signalled: the transaction that writes it notifies, so that
 * the worker looks when it has committed, and never if it is rolled back. The payload is the table's name; Postgres sends it once a transaction.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('oblio_outbox', TG_TABLE_NAME);
        RETURN NULL;
      END $$;
    CREATE TRIGGER retention_unit_waits AFTER INSERT OR UPDATE OF workflow_started_at, redated_at ON retention_unit
      FOR EACH ROW WHEN (NEW.state = 'open' AND NEW.workflow_started_at IS NULL OR NEW.redated_at IS NOT NULL)
      EXECUTE FUNCTION notify_outbox();
    CREATE TRIGGER transcript_delivery_waits AFTER INSERT OR UPDATE OF workflow_started_at ON transcript_delivery
      FOR EACH ROW WHEN (NEW.workflow_started_at IS NULL) EXECUTE FUNCTION notify_outbox();
    CREATE TRIGGER request_case_waits AFTER INSERT OR UPDATE OF workflow_started_at ON request_case
      FOR EACH ROW WHEN (NEW.workflow_started_at IS NULL) EXECUTE FUNCTION notify_outbox();
    CREATE TRIGGER suspension_waits AFTER INSERT OR UPDATE OF revision, workflow_revision ON suspension
      FOR EACH ROW WHEN (NEW.workflow_revision < NEW.revision) EXECUTE FUNCTION notify_outbox();
    CREATE TRIGGER recipient_notification_waits AFTER INSERT OR UPDATE OF revision, workflow_revision ON recipient_notification
      FOR EACH ROW WHEN (NEW.workflow_revision < NEW.revision) EXECUTE FUNCTION notify_outbox();
  `.execute(db);
}

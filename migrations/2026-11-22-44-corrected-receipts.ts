/**
 * The receipt of a rights request can be put right: the worker, the only writer of a case after its intake, may date anew what the
 * receipt dates.
 */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    GRANT UPDATE (received_at) ON request_case TO oblio_worker;
    GRANT UPDATE (effective_at) ON opt_out TO oblio_worker
  `.execute(db);
}

/**
 * The fence between erasure and suspensions: one advisory lock per controller. The gate writes an intent while it holds the fence
 * shared; a transaction that places, changes or ends a suspension holds it exclusively. So every intent is either committed before a
 * suspension is placed (and the answer lists its records as past the point of no return) or sees it (and leaves its records alone):
 * there is no third way (I4). The lock ends with the transaction, also when its connection dies.
 *
 * The lock must be taken by the first statement of a READ COMMITTED transaction, and what it protects be read by a later one:
 * a statement sees what was committed before the statement began.
 */
import { sql } from 'kysely';
import type { ControllerId } from '../../domain/ids.ts';
import type { DatabaseTransaction } from '../database/database.ts';

const key = (controller: ControllerId) => sql`hashtextextended(${`oblio/fence/${controller}`}, 0)`;

/** Taken by the gate, before it reads the suspensions of the records it is about to destroy. Many at once. */
export const takeFenceShared = async (tx: DatabaseTransaction, controller: ControllerId): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock_shared(${key(controller)})`.execute(tx);
};

/** Taken by what changes the suspensions of a controller: waits for the intents being written, holds up those to come. */
export const takeFenceExclusive = async (tx: DatabaseTransaction, controller: ControllerId): Promise<void> => {
  await sql`SELECT pg_advisory_xact_lock(${key(controller)})`.execute(tx);
};

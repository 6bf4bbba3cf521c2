/**
 * The outbox: rows whose workflow must be started or signalled. The intent is in the row itself, written in the transaction that made the
 * obligation, so that nothing is forgotten while Temporal is away (I1). Each kind of row says how it is taken and how it is marked as sent.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Instant } from '../../domain/time/instant.ts';
import type { Database, DatabaseTransaction } from '../database/database.ts';

/** One kind of waiting rows. A trigger on `table` wakes the worker when such a row is written (`listen.ts`). */
export type Outbox<Row> = {
  readonly table: OutboxTable;
  /** By which a row is found again: where the next page begins. */
  readonly idOf: (row: Row) => string;
  /** Those of the page that wait, oldest first. A kind that locks its rows is shared out among workers; none waits for another. */
  readonly take: (tx: DatabaseTransaction, page: OutboxPage) => Promise<readonly Row[]>;
  /** Notes that these were sent. What was written anew since they were taken goes on waiting. */
  readonly mark: (tx: DatabaseTransaction, sent: readonly Row[], now: Instant) => Promise<void>;
};

/** Which of the waiting rows: at most `limit` that come behind the row `after`, or from the oldest. */
export type OutboxPage = { readonly limit: number; readonly after?: string | undefined };

/** Tables with rows that wait to be sent. */
export type OutboxTable =
  | 'retention_unit'
  | 'transcript_delivery'
  | 'request_case'
  | 'suspension'
  | 'recipient_notification';

/** How many are sent at once, and how. */
export type DrainOutboxInput<Row> = {
  /** What is written as the time of the sending. */
  readonly now: Instant;
  readonly limit?: number;
  /** The row behind which to begin: those before it were looked at and could not be sent. */
  readonly after?: string | undefined;
  /** Sends them; answers which were sent. What it leaves out, or all if it throws, goes on waiting. */
  readonly send: (rows: readonly Row[]) => Promise<readonly Row[]>;
};

/** How many were taken and sent; `after` is the last row until here that could not be sent, behind which the next page begins. */
export type DrainedPage = { readonly taken: number; readonly sent: number; readonly after?: string | undefined };

/**
 * Takes what waits, has it sent and marks it. Sending must be harmless when it is repeated: rows whose mark is lost are sent again (I9).
 */
export const drainOutbox = <Row>(
  db: Database,
  { idOf, take, mark }: Outbox<Row>,
  { now, limit = 200, after, send }: DrainOutboxInput<Row>,
): Promise<DrainedPage> =>
  db.transaction().execute(async (tx) => {
    const rows = await take(tx, { limit, after });
    const sent = rows.length === 0 ? [] : await send(rows);
    if (sent.length > 0) await mark(tx, sent, now);
    const done = new Set(sent.map(idOf));
    const unsent = rows.findLast((row) => !done.has(idOf(row)));
    return { taken: rows.length, sent: sent.length, after: unsent === undefined ? after : idOf(unsent) };
  });

/** The waiting rows in order of `since`, beginning behind the row `after`. The row itself says where it stands, to the microsecond. */
export const behind = (
  table: OutboxTable,
  since: string,
  after: string | undefined,
  key = 'id',
): RawBuilder<boolean> => {
  if (after === undefined) return sql<boolean>`true`;
  const [time, id] = [sql.ref(since), sql.ref(key)];
  return sql<boolean>`(${time}, ${id}) > (SELECT ${time}, ${id} FROM ${sql.table(table)} WHERE ${id} = ${after}::uuid)`;
};

/** A row whose workflow does not know its latest revision. */
export type ChangedRow = { readonly id: string; readonly revision: number };

/**
 * The mark of rows that are signalled at each change: up to which revision their workflow knows them. A revision that came meanwhile goes on
 * waiting. Such rows are not locked while Temporal is asked, since a person may be about to change them: signalling twice changes nothing.
 */
export const markRevisions =
  (table: 'suspension' | 'recipient_notification') =>
  async (tx: DatabaseTransaction, sent: readonly ChangedRow[]): Promise<void> => {
    await sql`
      UPDATE ${sql.table(table)} AS row SET workflow_revision = sent.revision
      FROM unnest(${sent.map(({ id }) => id)}::uuid[], ${sent.map(({ revision }) => revision)}::integer[]) AS sent (id, revision)
      WHERE row.id = sent.id AND row.workflow_revision < sent.revision`.execute(tx);
  };

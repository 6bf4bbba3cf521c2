/**
 * Hears from Postgres that a row of the outbox was written, as soon as its transaction has committed. A notification that is lost, with
 * the connection or behind a pooler, delays what it was about and loses nothing: the rows are looked for from time to time anyway.
 */
import { Client } from 'pg';

const channel = 'oblio_outbox';

/** Where to listen, and what is called. */
export type ListenInput = {
  /** `postgres://...`; any login that may connect may listen. */
  readonly url: string;
  /** Called with the name of the table whose rows wait, and without one when it begins to listen: what came before was not heard. */
  readonly onWritten: (table?: string) => void;
  /** Called with the SQLSTATE or network code when the connection breaks. */
  readonly onLost: (code: string) => void;
  /** Ends the listening. */
  readonly signal: AbortSignal;
};

/** Listens on a connection of its own until that is lost or the signal comes; rejects when it cannot connect. */
export const listenToOutbox = async (input: ListenInput): Promise<void> => {
  const { url, onWritten, onLost, signal } = input;
  const client = new Client({
    connectionString: url,
    application_name: 'oblio-outbox',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
  const ended = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  client.on('error', (error: Error & { code?: string }) => onLost(error.code ?? error.name));
  client.on('notification', ({ payload }) => onWritten(payload));
  try {
    await client.connect();
    await client.query(`LISTEN ${channel}`);
    onWritten();
    await ended;
  } finally {
    await client.end().catch(() => undefined);
  }
};
